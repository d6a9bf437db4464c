// SPDX-License-Identifier: Apache-2.0
// A board as the template renders it.

/** A row; `data` overrides what a running migration has. */
export function row(id, data = {}, { words = "Copying", figures = "10 %", extra = "", select = "" } = {}) {
  const all = {
    id: 1,
    order: "2026-11-26T12:00:00",
    "instance-id": `instance-of-${id}`,
    section: "under-way",
    phase: "running",
    announcement: `${id} is copying`,
    result: "",
    queued: "",
    ...data,
  };
  const attributes = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `data-${name}="${value}"`);
  return `<tr id="migration-${id}" ${attributes.join(" ")}>
    <td data-column="select">${select}</td>
    <th data-column="instance"><a id="migration-${id}-name">${id}</a></th>
    <td data-column="status" class="migration-status"><span class="migration-words">${words}</span>
      <progress max="100" value="10" aria-label="Progress of ${id}"></progress>
      <span class="migration-figures">${figures}</span></td>
    <td data-column="actions"><button type="button" data-watch hidden>Watch</button>${extra}</td>
  </tr>`;
}

/** The overview as the template renders it; `results`: of migrations that have no row. */
export function overview(results = "") {
  return `<ul data-results="${results}"><li data-count="needs-you" data-text="Needs attention: {count}"></li>
    <li data-count="under-way" data-text="In progress: {count} (running: {running}, queued: {queued})"></li>
    <li data-count="c" data-text="Completed: {count}"></li><li data-count="f" data-text="Failed: {count}"></li></ul>`;
}

export function board(rows = "", attributes = "", summary = "") {
  return `<div data-migration-board data-status-url="status/" data-cursor="c0" data-language="en" data-time-zone="UTC"
      data-text-notification="Migrations" data-text-reload="Reload the page." data-text-unreachable="No answer."
      ${attributes}>
    <div data-overview>${summary}</div>
    <p data-currency data-text-current="Updated {time}" data-text-stale="Unreachable since {time}."
      data-text-failed="Not updated since {time}." data-text-paused="Paused."></p>
    <p><button type="button" data-notify-ask hidden>Notify me</button></p>
    <p hidden data-selected><button type="button" data-selected-action="abort" data-text="Abort selected ({count})"></button></p>
    <p hidden data-held><button type="button" data-show-held data-text-held="Show new migrations ({count})"></button></p>
    <div data-signed-out hidden></div>
    <div data-outdated hidden></div>
    <div data-announcer></div>
    <form method="post" id="migration-act"><input name="binding" value="b1"><input name="ask" value="1"></form>
    <div data-refusal hidden></div>
    <dialog data-dialog><h2 data-dialog-title></h2><div data-dialog-question></div>
      <button type="button" data-dialog-answer="">Cancel</button>
      <button type="button" data-dialog-answer="yes"></button></dialog>
    <table>
      <thead><tr><th data-column="select"><input type="checkbox" data-select-all hidden></th></tr></thead>
      <tbody data-section="needs-you"><tr><th data-text="Needs attention ({count})"></th></tr></tbody>
      <tbody data-section="under-way"><tr><th data-text="In progress ({count})"></th></tr>${rows}</tbody>
      <tbody data-section="history"></tbody>
    </table>
    <p class="migration-empty" hidden></p>
  </div>`;
}
