//! What is counted, for CloudWatch.

/// Declares the metrics: each once, with its meaning.
macro_rules! metrics {
    ($($(#[$meaning:meta])* $name:ident,)+) => {
        /// What is counted. Its name in CloudWatch is that of the variant.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Metric { $($(#[$meaning])* $name,)+ }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in CloudWatch.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

metrics! {
    /// Events in verified webhooks.
    Received,
    /// Events that were new.
    Recorded,
    /// Events that were known.
    Duplicates,
    /// Events that were announced.
    Announced,
    /// Events that are recorded and could not be announced, or not marked as announced: the redrive announces them.
    AnnounceFailed,
    /// Webhooks refused for their signature.
    Refused,
    /// Requests without a signature header: scanners and health checks send them.
    Unsigned,
    /// Events that are not an object with a type.
    Unrecognized,
    /// Webhooks that we could not take, through no fault of the sender.
    Unavailable,
    /// Webhooks that could not be verified, because no signing secret is set or Secrets Manager failed.
    NoSigningSecret,
    /// Webhooks larger than Lambda takes.
    TooLarge,
    /// Events that were announced because they waited.
    Redriven,
    /// Events that wait and could not be announced.
    RedriveFailed,
    /// The age of the event that waits longest; 0 if none waits.
    OldestUnannouncedSeconds,
}

impl Metric {
    /// Its unit in CloudWatch.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::OldestUnannouncedSeconds => "Seconds",
            _ => "Count",
        }
    }
}
