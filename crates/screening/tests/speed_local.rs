use screening::{Collector, Index, NameKind, Query, Schema, screen};
use std::{fs, path::Path, time::Instant};
fn add_folder(folder: &Path, collector: &mut Collector) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|i| i.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(&path, collector);
        } else {
            collector.add(&path.to_string_lossy(), &fs::read(&path).unwrap());
        }
    }
}
#[test]
fn speed_local() {
    let mut c = Collector::new();
    add_folder(Path::new(&std::env::var("TENANTRY_LISTS").unwrap()), &mut c);
    let mut lists = c.finish();
    lists.lists.retain(|l| l.id == "us-ofac-sdn" || l.id == "un-sc");
    let mut qs = [Vec::new(), Vec::new()];
    let mut n = 0;
    for l in &mut lists.lists {
        for e in &mut l.entries {
            n += 1;
            if std::env::var("ALL").is_ok() {
                for x in &e.names {
                    let (k, t) = if e.schema == Schema::Person { (0, "Person") } else { (1, "Organization") };
                    qs[k].push(Query {
                        schema: Some(t.into()),
                        ..Query::for_name(&x.text.replacen('a', "e", 1).replacen('n', "m", 1))
                    });
                }
                continue;
            }
            if n % 4 != 0 {
                continue;
            }
            let Some(at) = e.names.iter().rposition(|n| n.kind == NameKind::Alias) else { continue };
            let name = e.names.remove(at).text;
            match e.schema {
                Schema::Person => {
                    qs[0].push(Query { schema: Some("Person".into()), ..Query::for_name(&name) })
                }
                Schema::Organization => {
                    qs[1].push(Query { schema: Some("Organization".into()), ..Query::for_name(&name) })
                }
                _ => {}
            }
        }
    }
    let t = Instant::now();
    let index = Index::new(lists.lists);
    eprintln!("build {:?} names {}", t.elapsed(), index.name_count());
    let rounds = std::env::var("ROUNDS").map_or(2, |r| r.parse().unwrap());
    let cpu = || {
        fs::read_to_string("/proc/thread-self/schedstat")
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    for (k, q) in qs.iter().enumerate() {
        for round in 0..rounds {
            let c0 = cpu();
            let mut ts: Vec<_> = q
                .iter()
                .map(|q| {
                    let t = Instant::now();
                    screen(&index, q, None, 20);
                    (t.elapsed(), q.names[0].clone())
                })
                .collect();
            let c1 = cpu();
            let sum: std::time::Duration = ts.iter().map(|t| t.0).sum();
            ts.sort();
            let l = ts.len();
            if round < 2 || round == rounds - 1 {
                eprintln!(
                    "{k} round {round}: n {l} p50 {:?} p90 {:?} p99 {:?} max {:?} mean {:?} cpu {} us {}",
                    ts[l / 2].0,
                    ts[l * 9 / 10].0,
                    ts[l * 99 / 100].0,
                    ts[l - 1].0,
                    sum / l as u32,
                    (c1 - c0) as f64 / l as f64 / 1000.0,
                    ts[l - 1].1
                );
            }
        }
    }
}
