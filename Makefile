# Everything a developer runs. CI runs `make check test`.
GO ?= go
MODELS ?= ../api-models-aws
AUTHZ ?= ../authz/authz-all.json.gz
export CGO_ENABLED = 0

.PHONY: build demo test check gen catalog bench packages fuzz clean

build: ## one static binary
	$(GO) build -ldflags '-s -w' -o bin/vauban .

demo: build ## the main job, against a fresh server in memory
	@bin/vauban demo

test: packages ## all tests, on SQLite and PostgreSQL, with the stock clients where they are installed
	$(GO) test -timeout 40m ./test/e2e ./... # the longest first

packages: ## Debian packages that tests use; without root or apt they are skipped, and the tests say so
	@sh test/packages.sh

check: ## formatting, vet, architecture, generated code
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) test ./internal/...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

gen: ## api/ from the service models: MODELS is a clone of aws/api-models-aws, or a folder of single-file models
	$(GO) run ./internal/gen -models $(MODELS)

catalog: ## the table of all services' actions, from AUTHZ (see CONTRIBUTING.md)
	$(GO) run ./internal/gen -authz $(AUTHZ) -catalog engine/catalog/catalog.tsv.gz

bench: build ## our figures beside a peer's, in the same run
	$(GO) test -run '^$$' -bench . -benchmem ./engine/... ./api/wire ./gateway/... ./store/... ./eventlog/... ./service/vauban ./service/cloudwatch
	cd test/bench/policy && $(GO) run .
	$(GO) run ./test/bench
	$(GO) run ./test/bench/storage
	$(GO) run ./test/bench/delivery
	$(GO) run ./test/bench/lambda

fuzz: ## every fuzz target for a short while
	@sh test/fuzz.sh

clean:
	rm -rf bin
