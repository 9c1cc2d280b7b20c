# The commands of this repository by name: `just` lists them. Each is one line that also runs without just.

[private]
default:
    @just --list --unsorted

# Run the local stack until Ctrl-C, for example: just dev --port 9000
dev *args:
    cargo run -- dev {{ args }}

# Run the demo: send every sample of every provider twice
demo:
    cargo run -- dev --demo

# Run all tests of `cargo test`
test *args:
    cargo test {{ args }}

# Format the code
format:
    cargo fmt --all
    cargo fmt --manifest-path tests/fuzz/Cargo.toml

# Lint the code as .ci/run does
lint:
    cargo clippy --locked --workspace --all-targets --features mailhooks-tests/faithful -- -D warnings

# Build the documentation of the crates and open it
doc:
    cargo doc --workspace --no-deps --open

# Sign fixtures, for example: just sign fixtures/jasni/accepted/new.http
sign +files:
    fixtures/sign {{ files }}

# Write the expected events of accepted fixtures; review the diff afterwards
expect *filter:
    UPDATE_EXPECT=1 cargo test --test fixtures {{ filter }}

# Check the spelling, wording and links of documents, comments and strings
prose:
    tests/prose/run

# Fuzz everything that reads untrusted input, for the given seconds per target
fuzz seconds="60":
    tests/fuzz/run {{ seconds }}

# Count the instructions of a webhook, compared with Node and Python
bench *args:
    tests/bench/run {{ args }}

# Rehearse a deployment on an emulator of AWS
rehearse:
    tests/rehearsal/run

# Run all checks that a change must pass
gate:
    .ci/run
