//! The CloudWatch metrics.

/// Declares each metric once, with its description.
macro_rules! metrics {
    ($($(#[$meaning:meta])* $name:ident,)+) => {
        /// A metric. Its name in CloudWatch is the name of the variant.
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
    /// Events in verified webhooks. The redrive counts 0 each minute, so that silence is a number and not a missing value.
    Received,
    /// New events, which were recorded.
    Recorded,
    /// Events that were already recorded.
    Duplicates,
    /// Mails that were delivered, of new events as the next four.
    Delivered,
    /// Mails that bounced for good.
    HardBounced,
    /// Mails that bounced for now.
    SoftBounced,
    /// Complaints.
    Complained,
    /// Unsubscriptions.
    Unsubscribed,
    /// Events that were announced.
    Announced,
    /// Recorded events that could not be announced, or not marked as announced. The redrive announces them.
    AnnounceFailed,
    /// Webhooks rejected because of their signature.
    Refused,
    /// Requests without a signature header, as scanners and health checks send them.
    Unsigned,
    /// Events that are not an object with a type.
    Unrecognized,
    /// Webhooks that could not be handled because of a failure on our side.
    Unavailable,
    /// Webhooks that could not be verified, because no signing secret is set or Secrets Manager failed.
    NoSigningSecret,
    /// Waiting events that the redrive announced.
    Redriven,
    /// Waiting events that the redrive could not announce.
    RedriveFailed,
    /// Announcements that are in the suppression list.
    Listed,
    /// Announcements that could not be taken into the suppression list. The queue delivers them again.
    ListFailed,
    /// Providers of which no event is stored, counted once a day.
    NothingReceived,
    /// Age in seconds of the oldest waiting event; 0 if no event is waiting.
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
