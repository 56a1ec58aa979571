# make run · demo · turn · test · lint · bench · bench-media · bench-join · bench-record · soak. Everything needed is set up on the way; nothing else has to be installed by hand.
HOST ?= 127.0.0.1
PORT ?= 8080
TLS ?= off
export HEARING_HOST := $(HOST)
export HEARING_PORT := $(PORT)
export HEARING_TLS := $(TLS)
BIN := .venv/bin

.PHONY: run demo turn test lint unit browser bench bench-media bench-join bench-record soak setup setup-test clean

run: setup
	$(BIN)/hearing-server run --sample

demo: setup
	$(BIN)/hearing-server demo $(ARGS)

turn:
	@scripts/setup.sh turn
	$(BIN)/hearing-server turn

setup:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

test: lint unit browser

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python web_client/build.py --check

unit: setup-test
	$(BIN)/pytest -m "not browser and not soak" -n 2 --dist worksteal  # they mostly wait: for voices to end, for processes to come back

browser: setup-test
	$(BIN)/pytest -m "browser and not live and not soak"
	$(BIN)/pytest -m "browser and live and not soak"

soak: setup-test
	$(BIN)/pytest -m soak --timeout 3600

bench: setup-test
	$(BIN)/python -m benchmarks

bench-media: setup-test
	$(BIN)/python -m benchmarks.media $(ARGS)

bench-join: setup-test
	$(BIN)/python -m benchmarks.join_time $(ARGS)

bench-record: setup-test
	$(BIN)/python -m benchmarks.recording $(ARGS)

clean:
	rm -rf .venv web_client/node_modules hearing_server/web/dist build *.egg-info
