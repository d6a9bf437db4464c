// SPDX-License-Identifier: Apache-2.0
// Types of what the panel's scripts share.  Used by the type checker only: an installation does not contain this file.

interface Window {
  migrationPanel: MigrationPanel;
  /** Horizon's jQuery: Bootstrap sends its events only through it. */
  jQuery?: (root: Document) => { on(event: string, listener: () => void): void };
}

/** The namespace of common.js. */
interface MigrationPanel extends PollingParts, PickerParts {
  RETRY_MS: number;
  once(name: string, initialize: (panel: MigrationPanel) => void): void;
  component<T extends HTMLElement>(selector: string, wire: (element: T) => void): void;
  query<T extends Element = HTMLElement>(root: ParentNode, selector: string, type?: new () => T): T;
  closest<T extends HTMLElement = HTMLElement>(event: Event, selector: string, type?: new () => T): T | null;
  parseHtml(html: string): DocumentFragment;
  replaceParts(root: HTMLElement, content: DocumentFragment): void;
  formatText(text: string | undefined, values: Record<string, string | number>): string;
  formatTime(date: Date, settings: DOMStringMap): string;
  syncServerClock(dateHeader: string | null): void;
  serverNow(): number;
  bindingOf(root: ParentNode): string;
  buildUrl(path: string | undefined, parameters: Record<string, string | undefined>): URL;
  fetchJson<T extends object>(address: string | URL, options?: RequestOptions): Promise<JsonAnswer<T>>;
  fetchHtml(address: string | URL, options?: RequestOptions): Promise<HtmlAnswer>;
}

/** What polling.js adds to the namespace. */
interface PollingParts {
  Poller: new (poll: () => Promise<number | null>, options?: { onPause?: () => void }) => Poller;
  UpdateStatus: new (root: HTMLElement) => UpdateStatus;
}

/** What picker_rules.js and picker_list.js add to the namespace. */
interface PickerParts {
  pickerRules: PickerRules;
  PickerList: new (id: string, select: HTMLSelectElement) => PickerList;
  describe(option: HTMLOptionElement): HTMLElement[];
  createElement<K extends keyof HTMLElementTagNameMap>(
    name: K,
    attributes: Record<string, string>,
    text?: string,
  ): HTMLElementTagNameMap[K];
}

interface RequestOptions {
  /** Sent with POST if present. */
  body?: FormData;
  accept?: string;
  /** Whether to mark the request as a script's: Horizon then answers a lost session with 401, not with a redirect. */
  isScript?: boolean;
  /** Field that a complete JSON answer contains. */
  required?: string;
}

/** Why an answer is of no use: no answer, session lost, region, project or user changed, anything else. */
type Failure = "unreachable" | "signed-out" | "switched" | "failed";

/** `status` is 0 without an answer. */
type JsonAnswer<T> = { status: number; date: string | null } & (
  | { outcome: "ok"; data: T }
  | { outcome: Failure; data: { error?: string } }
);

/** `html` is empty unless the outcome is "ok". */
type HtmlAnswer = { status: number; outcome: "ok" | Failure; html: string };

interface Poller {
  schedule(delay: number): void;
  stop(): void;
}

interface UpdateStatus {
  show(text: string | undefined, detail?: string): void;
  showCurrent(detail?: string): void;
  showPaused(): void;
  showFailure(answer: { outcome: string; data: { error?: string } }): number | null;
}

interface PickerRules {
  displayName(option: HTMLOptionElement): string;
  matchingOptions(options: Iterable<HTMLOptionElement>, text: string): HTMLOptionElement[];
  firstChoice(options: HTMLOptionElement[]): HTMLOptionElement | undefined;
  typedOption(options: Iterable<HTMLOptionElement>, text: string): HTMLOptionElement | undefined;
  nextOption(
    options: HTMLOptionElement[],
    active: HTMLOptionElement | null,
    step: number,
  ): HTMLOptionElement | undefined;
  keyAction(key: string, isOpen: boolean): PickerAction | null;
  usageBars(amounts: string): { name: string; x: number; width: number }[];
}

interface PickerList {
  readonly element: HTMLElement;
  readonly isOpen: boolean;
  readonly active: HTMLOptionElement | null;
  open(): void;
  close(): void;
  optionOf(row: HTMLElement | null): HTMLOptionElement | undefined;
  activate(option: HTMLOptionElement | null | undefined): string | null;
  next(step: number): HTMLOptionElement | undefined;
  filter(text: string): HTMLOptionElement[];
}

type PickerAction = { type: "open" | "cancel" | "choose" | "accept" | "ignore" } | { type: "move"; step: number };

/** Answer of the board's status view. */
interface StatusData {
  migrations: { html: string }[];
  unlisted?: { html: string }[];
  cursor: string;
  complete: boolean;
  poll_after_ms: number;
  overview?: string;
  error?: string;
}

/** Detail of the event "migration-polled". */
interface PolledDetail {
  migrations: { html: string }[];
  date: string | null;
  complete: boolean;
  /** HTML, only in a complete answer. */
  overview?: string;
}

/** Answer of the view of a drain or a return. */
interface RunData {
  html: string;
  headline: string;
  goes_on: boolean;
  order: string;
  poll_after_ms: number;
  error?: string;
}

/** Answer of the view that checks a form. */
interface CheckData {
  findings: object[];
  html: string;
  summary: string;
  blocked: boolean;
  command: string;
  note: string;
  seen: string;
  error?: string;
}

interface HTMLElementEventMap {
  "migration-polled": CustomEvent<PolledDetail>;
  "migration-changed": CustomEvent;
  "migration-acted": CustomEvent;
}
