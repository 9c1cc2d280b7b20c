//! A handler that does nothing: what the runtime itself costs, with the memory of the functions.

use lambda_http::{Body, Error, Request, Response, run, service_fn};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_: Request| Ok::<_, Error>(Response::new(Body::Text("{\"ok\":true}".to_owned())))))
        .await
}
