# Two commands are enough: `make up` and `make test`. Each makes the environment first when needed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup browser kubectl images up down test faces chaos lint types bench bench-gateway bench-ppo \
	lock-cpu lock-gpu lock-images clean

LOCK ?= cpu
PYTHON ?=
ARGS ?=
BIN := .venv/bin
PACKAGES := core server trainer worker cli
UV := var/tools/bin/uv
COMPILE := $(UV) pip compile pyproject.toml --extra train --extra test --quiet --no-header \
	--annotation-style line --upgrade

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

setup: ## make .venv from the lock (LOCK=cpu or gpu, PYTHON=...)
	@PYTHON="$(PYTHON)" sh scripts/setup.sh --lock $(LOCK)

browser: setup ## a Chromium for the tests, where there is none
	@sh scripts/browser.sh

kubectl: setup ## a kubectl for the tests, where there is none
	@sh scripts/kubectl.sh

up: setup ## start everything; says when and where the page is (ARGS=--detach)
	@$(BIN)/thumbwheel up $(ARGS)

down: setup ## end what `make up ARGS=--detach` started
	@$(BIN)/thumbwheel down

test: setup browser kubectl ## every test (ARGS="tests/setup -k ...")
ifeq ($(ARGS),)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not alone" --numprocesses auto \
		--maxprocesses 4 --dist loadfile; shared=$$?; \
	$(BIN)/python -m pytest -m alone && exit $$shared
else
	@$(BIN)/python -m pytest $(ARGS)
endif

faces: setup browser ## docs/axe.md, tables of docs/faces.md, a picture of every state (ARGS=weight)
	@$(BIN)/python -m tests.web.faces $(ARGS)

chaos: setup ## faults under chat and votes, a report (ARGS="--faults 100 --seed 1")
	@unshare --map-root-user --mount $(BIN)/python -m tests.chaos $(ARGS)

lint: setup ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	@$(BIN)/mypy

bench: setup ## every benchmark, for hours (ARGS="trainer --quick")
	@$(BIN)/python -m benchmarks $(ARGS)

bench-gateway: setup ## lay LiteLLM's proxy into var/bench-gateway for `make bench`
	@$(BIN)/python -m venv var/bench-gateway
	@var/bench-gateway/bin/pip install --quiet --requirement requirements/bench-gateway.txt

bench-ppo: setup ## lay TRL 1.12, the last with PPO, into var/bench-ppo for `make bench`
	@$(BIN)/python -m pip install --quiet --no-deps --upgrade --target var/bench-ppo \
		--requirement requirements/bench-ppo.txt

$(UV):
	@sh scripts/setup.sh --lock $(LOCK)
	@$(BIN)/python -m venv var/tools && var/tools/bin/pip install --quiet uv==0.13.8

# torch is left out of the CPU lock: requirements/torch-cpu.txt holds its CPU build.
lock-cpu: $(UV) ## resolve requirements/cpu.txt anew
	@$(COMPILE) --extra cpu --universal --python-version 3.11 --no-emit-package torch \
		--override requirements/override-cpu.txt --excludes requirements/exclude-cpu.txt \
		--output-file requirements/cpu.txt
	@sed -i '1i # Made by `make lock-cpu`; install with --no-deps after requirements/torch-cpu.txt.' \
		requirements/cpu.txt

lock-gpu: $(UV) ## resolve requirements/gpu.txt anew (Linux x86-64, CUDA)
	@$(COMPILE) --extra gpu --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
		--output-file requirements/gpu.txt
	@sed -i '1i # Made by `make lock-gpu` for Linux x86-64 with CUDA; install with --no-deps.' \
		requirements/gpu.txt

# Of each lock, what one image needs; the agent, and so everything torch-free, is in all of them.
IMAGE_LOCK := $(UV) pip compile pyproject.toml --extra otel --quiet --no-header --no-annotate \
	--custom-compile-command "make lock-images"
IMAGE_CPU := --universal --python-version 3.11 --constraint requirements/cpu.txt --no-emit-package torch \
	--override requirements/override-cpu.txt --excludes requirements/exclude-cpu.txt
IMAGE_CUDA := --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	--constraint requirements/gpu.txt

lock-images: $(UV) ## choose requirements/images/ from cpu.txt and gpu.txt, where those have changed
	@$(IMAGE_LOCK) $(IMAGE_CPU) --output-file requirements/images/server.txt
	@$(IMAGE_LOCK) $(IMAGE_CPU) --extra train --output-file requirements/images/worker-cpu.txt
	@$(IMAGE_LOCK) $(IMAGE_CPU) --extra cpu --output-file requirements/images/vllm-cpu.txt
	@$(IMAGE_LOCK) $(IMAGE_CUDA) --extra train --output-file requirements/images/worker-cuda.txt
	@$(IMAGE_LOCK) $(IMAGE_CUDA) --extra gpu --output-file requirements/images/vllm-cuda.txt

# Any builder of Dockerfiles. buildah and podman keep health checks with `--format docker` alone:
# BUILDER="buildah bud --format docker --isolation chroot".
BUILDER ?= docker build
# The base by digest, and where the images' source is: BASE=docker.io/library/python:...@sha256:...
# SOURCE=https://... LICENSES=...
BASE ?=
SOURCE ?= unknown
LICENSES ?= NOASSERTION
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
images: ## build the images that need no GPU (DEVICE=cuda for those that do)
	@for target in server worker vllm; do \
		$(BUILDER) -f docker/Dockerfile --target $$target \
			--build-arg DEVICE=$(or $(DEVICE),cpu) --build-arg VERSION=$(VERSION) \
			--build-arg REVISION=$$(git rev-parse --short HEAD) \
			--build-arg SOURCE=$(SOURCE) --build-arg "LICENSES=$(LICENSES)" \
			$(if $(BASE),--build-arg PYTHON=$(BASE)) \
			-t localhost/thumbwheel/$$target:$(VERSION)$(if $(filter cuda,$(DEVICE)),-cuda) . || exit 1; \
	done

clean: ## remove caches, not the environment and not the state under var/
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	@find $(PACKAGES) tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
