//! All tests that need no separate harness, in one program with one module for each subject.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails, and prints what it measured"
)]

mod alarms;
mod classify;
mod deadline;
mod deployed_page;
mod doctor;
mod duplicates;
mod events_tool;
mod facts;
mod floods;
mod forget_tool;
mod forwarding;
mod item_sizes;
mod lambda;
mod large_bodies;
mod local_stack;
mod manual;
mod page;
mod privacy;
mod properties;
mod reconcile;
mod redrive_tool;
mod renormalize;
mod replies;
mod repository;
mod requests;
mod schema;
mod secrets;
mod send_tool;
mod ses;
mod sns_stand_in;
mod stack_option;
mod state;
mod stats_tool;
mod statuses;
mod structure;
mod suppression;
mod suppression_list;
mod suppressions_tool;
mod time_index;
mod tool;
mod webhooks;
mod wording;
