//! The `mailhooks` tool: the whole stack on a laptop, signed samples, and the event store.

mod announcements;
mod aws;
mod classify;
pub mod cli;
mod connect;
mod deployed;
mod describe;
pub mod dev;
mod doctor;
mod events;
pub mod fixture;
pub mod local;
mod management;
mod manual;
mod moment;
mod output;
mod reconcile;
mod redrive;
mod renormalize;
mod schema;
mod secret_place;
mod send;
mod signing;
mod webhooks;
