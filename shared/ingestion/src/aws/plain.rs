//! Requests without what only AWS's statistics of its SDKs read: the words on the SDK, the language, the system and every
//! feature in use, made anew for each attempt and sent twice, and once more signed; and the number of the attempt. That is a
//! tenth of a call's instructions. AWS asks for neither
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
//!
//! What protects somebody stays: the trace id by which Lambda finds that functions call each other for ever, the
//! correction of a clock that is wrong, and the id that the attempts of one call share.

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
