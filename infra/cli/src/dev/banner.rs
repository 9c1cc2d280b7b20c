//! The first output of `mailhooks dev`: the URLs of the receivers, the places of the secrets, and commands to try.

use anyhow::Result;
use mailhooks_local::{DataFolder, Stack, http, signing};
use normalization::ProviderName;
use serde_json::{Value, json};

use super::Arguments;
use crate::options::Global;
use crate::output::{self, Table};

pub(super) fn print(
    stack: &Stack,
    folder: &DataFolder,
    arguments: &Arguments,
    global: &Global,
) -> Result<()> {
    if global.json {
        return output::print_json(&object(stack, folder, arguments));
    }
    let kept = if arguments.in_memory {
        "in memory, until it stops".to_owned()
    } else {
        format!("in {}", folder.path().display())
    };
    output::print(&format!(
        "mailhooks runs on {url}, until Ctrl-C. Events are kept {kept}.\n\
         Open its live page in a browser: {page}\n",
        url = stack.url(),
        page = stack.page_url(),
    ))?;
    let mut table = Table::new(&["provider", "webhook URL", "signing secret"]);
    for &provider in ProviderName::ALL {
        table.row(vec![provider.to_string(), stack.webhook_url(provider), place_of_secret(provider, folder)]);
    }
    table.print()?;
    for url in arguments.forwarding.forward_to.iter().map(http::shown) {
        output::print(&format!("\nAnnouncements are posted to {url} as SNS posts them, but unsigned."))?;
    }
    Ok(output::print(&how_to_try(folder, global))?)
}

fn object(stack: &Stack, folder: &DataFolder, arguments: &Arguments) -> Value {
    let receivers = ProviderName::ALL.iter().map(|&provider| {
        let receiver = json!({
            "url": stack.webhook_url(provider),
            "signing_secret": place_of_secret(provider, folder),
        });
        (provider.to_string(), receiver)
    });
    let forward_to: Vec<_> = arguments.forwarding.forward_to.iter().map(http::shown).collect();
    json!({
        "kind": "started",
        "url": stack.url(),
        "dynamodb": stack.dynamodb().endpoint(),
        "sns": stack.sns().endpoint(),
        "stack": folder.stack().display().to_string(),
        "receivers": receivers.collect::<serde_json::Map<_, _>>(),
        "forward_to": forward_to,
    })
}

/// The variable or file that holds the secret; never the secret itself.
fn place_of_secret(provider: ProviderName, folder: &DataFolder) -> String {
    let variable = signing::variable(provider);
    match ingestion::environment::variable(&variable) {
        Some(_) => format!("${variable}"),
        None => folder.secret_file(provider.as_str()).display().to_string(),
    }
}

fn how_to_try(folder: &DataFolder, global: &Global) -> String {
    let provider = ProviderName::JetEmail;
    let place = place_of_secret(provider, folder);
    let show = match place.strip_prefix('$') {
        Some(variable) => format!("printenv {variable}"),
        None => format!("cat {}", output::quoted(&place)),
    };
    let send = |more: &[&str]| global.command(&[&["send", provider.as_str()], more].concat());
    format!(
        "\n`{show}` shows a secret. Sign and post a body: `{file}`\n\
         Or post a sample: `{sample}`\n\nWaiting for webhooks. Times are in UTC.",
        file = send(&["--file", "body.json"]),
        sample = send(&["outbound-bounced"]),
    )
}
