//! Replays what a stack does, minute by minute, through the alarms of its templates: which go off, and which mails go out.

mod definition;
mod expression;
mod log_filter;
mod metrics;
mod replay;
mod rules;
mod template;

pub use replay::Replay;
