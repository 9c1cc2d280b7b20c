//! What can be said of an HTTP request before its signature is verified.

use lambda_http::Request;
use lambda_http::http::Method;

use crate::status::Outcome;

/// Bytes of a body: what Lambda takes in one synchronous call
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MAX_BODY: usize = 6 * 1024 * 1024;

/// Whether the request can be a webhook. Any path can be a webhook's: a receiver serves one provider, whatever prefix a
/// CDN or a stage puts before its path, and JetEmail discards an event for good on a 404.
pub(crate) fn admit(request: &Request) -> Result<(), Outcome> {
    if request.method() != Method::POST {
        return Err(Outcome::MethodNotAllowed);
    }
    if request.body().len() > MAX_BODY {
        return Err(Outcome::TooLarge);
    }
    Ok(())
}

/// Whether a header is a signature by its name, be it another provider's: then the webhook of that provider may have the URL
/// of this receiver, which is worth an alarm. A scanner's request has none.
pub(crate) fn has_signature(request: &Request) -> bool {
    let mut names = request.headers().keys();
    names.any(|name| name.as_str().contains("signature"))
}
