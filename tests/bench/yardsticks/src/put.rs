//! A handler that writes one small item by AWS's client, and does nothing else: a webhook of one call cannot do with less.

use aws_sdk_dynamodb::types::AttributeValue;
use ingestion::aws::Clients;
use ingestion::configuration::Configuration;
use ingestion::environment;
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let configuration = Configuration::of_redrive(environment::variable)?;
    let clients = Clients::new(&configuration.access);
    let put = || {
        let put = clients.dynamodb.put_item();
        put.table_name(&configuration.table_name)
            .item("pk", AttributeValue::S("message".to_owned()))
            .item("sk", AttributeValue::S("event".to_owned()))
            .condition_expression("attribute_not_exists(pk)")
            .send()
    };
    // The connection is open before the first event, as the functions' are.
    put().await?;
    run(service_fn(async |_: Request| {
        put().await?;
        Ok::<_, Error>(Response::new(Body::Text("{\"ok\":true}".to_owned())))
    }))
    .await
}
