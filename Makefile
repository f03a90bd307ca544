# The commands of the project. `make grade`, `make test` and `make lab` need nothing but Python ≥ 3.11, git and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PROCESSES ?= 2

.PHONY: grade test lab lessons lint style benchmark mutants test-gpu setup clean

grade: setup  ## grade the example class
	@$(BIN)/atrous grade data/example_class --out out

test: setup  ## run all tests
	$(BIN)/python -m pytest -q -n $(PROCESSES)

lab: setup  ## open lesson 1 in JupyterLab, in your own folder my_lessons
	$(BIN)/atrous lab

lessons: setup  ## build lessons/ from solutions/, the example class from both, and the lists of sentences to translate
	$(BIN)/atrous build
	$(BIN)/python -m autograder.languages.collect
	$(BIN)/python data/make_example_class.py

lint: setup  ## check the course both ways
	$(BIN)/atrous lint

style: setup  ## types and style
	$(BIN)/ruff check autograder tests data benchmarks
	$(BIN)/mypy --strict autograder

benchmark: setup  ## ratios: this grader against nbgrader and against the bare calls
	$(BIN)/python -m benchmarks.grading

mutants: setup  ## every small change to every solution, examined: a table of what the checks catch
	$(BIN)/python -m benchmarks.mutants

test-gpu: setup  ## every right and wrong answer on the CPU and on CUDA, as a table
	$(BIN)/python -m pytest -q tests/test_devices.py
	$(BIN)/python -m benchmarks.devices

setup: $(READY)
	@sh tools/bubblewrap.sh

$(READY): pyproject.toml constraints.txt
	@echo "setting up .venv; the first time this takes a few minutes"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:  ## remove everything that was set up or written
	rm -rf .venv out build
