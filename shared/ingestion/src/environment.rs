//! The only access to environment variables.

/// The value of an environment variable; `None` if it is not set or not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
