PYTHON ?= python3
DASHBOARD := devcloud/dashboard
CONSTRAINTS := $(DASHBOARD)/constraints.txt
TOX := .cache/tox

.PHONY: demo test bench chaos screenshots clean
.DELETE_ON_ERROR:

# exec, so that a signal to this process reaches the demo.
demo: .venv/installed
	@exec .venv/bin/python -m devcloud.demo

test: $(TOX)/installed
	@# Suites wait for migrations and for each other's processor time, so three run at once; the longest suite starts
	@# first. It installs OpenStack, for which other suites would wait: linters and unit tests run meanwhile.
	@# The last lines name each environment and its result.
	@exec $(TOX)/bin/tox run-parallel --parallel 3 --parallel-live --parallel-no-spinner \
		-e browser,lint,docs,unit,cloud,pages,devcloud,maintenance,cells

# These two write documents: tables of measurements, and of injected faults. The second also interrupts drains.
bench: $(TOX)/installed
	@exec $(TOX)/bin/tox run -e bench

chaos: $(TOX)/installed
	@exec $(TOX)/bin/tox run -e chaos,interruptions

# Pictures of every page into build/screenshots, and those of the documentation into doc/images.
screenshots: $(TOX)/installed
	@exec $(TOX)/bin/tox run -e screenshots

clean:
	rm -rf .cache .demo .tox .venv build dist node_modules test-results *.egg-info

.venv/installed: $(CONSTRAINTS) $(DASHBOARD)/requirements.txt setup.cfg pyproject.toml
	@echo "Installing Horizon, once..."
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check \
		-c $(CONSTRAINTS) -r $(DASHBOARD)/requirements.txt -e .
	@touch $@

$(TOX)/installed: $(CONSTRAINTS)
	@$(PYTHON) -m venv --clear $(TOX)
	@$(TOX)/bin/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) tox tox-uv
	@touch $@
