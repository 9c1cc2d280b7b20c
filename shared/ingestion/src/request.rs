//! The HTTP request that Lambda hands over, looked at as far as that is possible without believing it.

use lambda_http::Request;
use lambda_http::http::Method;
use normalization::ProviderName;

use crate::status::Outcome;

/// Bytes of a body: what Lambda takes in one synchronous call
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MAX_BODY: usize = 6 * 1024 * 1024;

/// Whether the request can be a webhook for the receiver of `provider`.
pub(crate) fn admit(request: &Request, provider: ProviderName) -> Result<(), Outcome> {
    if !is_path_of(request.uri().path(), provider) {
        return Err(Outcome::NotFound);
    }
    if request.method() != Method::POST {
        return Err(Outcome::MethodNotAllowed);
    }
    if request.body().len() > MAX_BODY {
        return Err(Outcome::TooLarge);
    }
    Ok(())
}

/// `/webhooks/<provider>`, behind the name of a stage if there is one. A slash at the end is taken: a redirect
/// would be a failure to the providers.
fn is_path_of(path: &str, provider: ProviderName) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.strip_suffix(provider.as_str())
        .and_then(|path| path.strip_suffix("/webhooks/"))
        .is_some_and(|stage| !stage.trim_start_matches('/').contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for path in [
            "/webhooks/jasni",
            "/webhooks/jasni/",
            "/prod/webhooks/jasni",
        ] {
            assert!(is_path_of(path, ProviderName::Jasni), "{path}");
        }
        for path in [
            "/",
            "",
            "/jasni",
            "/webhooks/jetemail",
            "/webhooks/jasni/x",
            "/a/b/webhooks/jasni",
            "/xwebhooks/jasni",
        ] {
            assert!(!is_path_of(path, ProviderName::Jasni), "{path}");
        }
    }
}
