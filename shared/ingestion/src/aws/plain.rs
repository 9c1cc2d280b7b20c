//! Leaves out of requests what only AWS's statistics of its SDKs read: the description of the SDK, the language, the system and
//! the features in use, which the SDK formats for each attempt, sends twice and signs; and the number of the attempt. AWS
//! requires neither
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
//!
//! With them a call takes 0.33 ms of processor time instead of 0.31 (medians of five runs of 5,000 calls of
//! `tests/bench/yardsticks/src/put.rs`). At 128 MB, where Lambda gives 1/14 of a processor, that is 0.25 ms of each call.
//!
//! Headers that protect users stay: the trace id, by which Lambda detects functions that call each other forever, the
//! correction of a wrong clock, and the id that the attempts of one call share.

use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, disable_interceptor, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Who asks. AWS logs it, so it is not left out.
const USER_AGENT: &str = concat!("mailhooks/", env!("CARGO_PKG_VERSION"));
const CAUSE: &str = "only statistics read it";

/// Switches off what is not needed, for each call.
#[derive(Debug)]
pub(super) struct Plain;

#[dyn_dispatch_hint]
impl Intercept for Plain {
    fn name(&self) -> &'static str {
        "Plain"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        configuration: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        configuration
            .interceptor_state()
            .store_put(disable_interceptor::<UserAgentInterceptor>(CAUSE))
            .store_put(disable_interceptor::<RequestInfoInterceptor>(CAUSE));
        Ok(())
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert("user-agent", USER_AGENT);
        Ok(())
    }
}
