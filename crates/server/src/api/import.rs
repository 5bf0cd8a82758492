//! `/v1/import`: the bulk way in.

use app::import::import_line;
use axum::extract::State;
use axum::response::Response;

use crate::api::access::ndjson;
use crate::auth::Caller;
use crate::extract::Raw;
use crate::problem::Problem;
use crate::state::AppState;

/// Import objects
///
/// NDJSON: `customer`, `person`, `ownership`, `account`, `reseller`, `measure`, `product`. One answer a line, in
/// order; a line that is refused says why and the run goes on.
#[utoipa::path(post, path = "/v1/import", tag = "import",
    request_body(content = String, content_type = "application/x-ndjson", description = "Objects, one a line"),
    responses((status = 200, description = "Answers, one a line", content_type = "application/x-ndjson", body = String)))]
pub async fn import(
    State(state): State<AppState>,
    caller: Caller,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let answers = state
        .run(&caller.actor, move |env| {
            let mut answers = Vec::new();
            let lines = bytes.split(|byte| *byte == b'\n');
            for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty()) {
                let text = String::from_utf8_lossy(line);
                let imported = import_line(env, number, &text)?;
                serde_json::to_writer(&mut answers, &imported).expect("an answer is plain JSON");
                answers.push(b'\n');
            }
            Ok(answers)
        })
        .await?;
    Ok(ndjson(answers))
}
