//! The command: parses arguments, opens the registry, prints. Everything it does, the registry does.

mod args;
mod batch;
mod commands;
mod print;

use args::Args;
use clap::Parser;
use std::process::ExitCode;

/// Much of an import is small allocations, on two threads: a fifth of its profile with the system's
/// allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let as_json = args.json;
    match commands::run(args) {
        Ok(code) => code,
        Err(refusal) => {
            print::refusal(&refusal, as_json);
            ExitCode::FAILURE
        }
    }
}
