//! `/v1/import`: the bulk way in.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::api::access::ndjson;
use crate::auth::Caller;
use crate::bulk::{NumberedLine, import_lines};
use crate::extract::{Params, Raw};
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ImportParams {
    /// Number of the first line, 1 unless given: lines of one file may come in several requests.
    first_line: Option<u64>,
}

/// Import objects
///
/// NDJSON: `customer`, `person`, `ownership`, `account`, `reseller`, `measure`, `product`. One answer a line, in
/// order; a line that is refused says why and the run goes on.
#[utoipa::path(post, path = "/v1/import", tag = "import", params(ImportParams),
    request_body(content = String, content_type = "application/x-ndjson", description = "Objects, one a line"),
    responses((status = 200, description = "Answers, one a line", content_type = "application/x-ndjson", body = String)))]
pub async fn import(
    State(state): State<AppState>,
    caller: Caller,
    Params(params): Params<ImportParams>,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let first = params.first_line.unwrap_or(1);
    let answers = state
        .run(&caller.actor, move |env| {
            let lines = bytes.split(|byte| *byte == b'\n');
            let lines: Vec<NumberedLine<'_>> =
                (first..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
            let mut answers = Vec::new();
            for imported in import_lines(env.platform, env.actor, &lines)? {
                serde_json::to_writer(&mut answers, &imported).expect("an answer is plain JSON");
                answers.push(b'\n');
            }
            Ok(answers)
        })
        .await?;
    Ok(ndjson(answers))
}
