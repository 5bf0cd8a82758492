//! A plot as SVG, drawn by hand: no script, no outside font, readable by itself.

use std::fmt::Write as _;

use app::watchlist::self_test::{Kind, Report};
use screening::trial::Point;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 60.0;

/// Shares of false alarms at the ends of the axis, which is logarithmic.
const FEWEST: f64 = 0.000_1;
const MOST: f64 = 0.1;

/// Recall upwards over false alarms to the right, a line each for persons and others, a dot at the default threshold.
pub fn recall_over_false_alarms(report: &Report) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>Recall of known aliases over false alarms of ordinary names</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    axes(&mut svg);
    for (curve, (colour, at)) in report.curves.iter().zip([("#1f5fa8", 0.0), ("#b4541a", 1.0)]) {
        line(&mut svg, &curve.points, colour);
        let whole = report.rows.iter().find(|row| row.kind == curve.kind && row.list.is_none());
        if let Some(row) = whole {
            let (x, y) = (x_of(row.false_alarms), y_of(row.recall));
            write(&mut svg, format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>"));
        }
        let name = if curve.kind == Kind::Person { "persons" } else { "others" };
        let (x, y) = (LEFT + 12.0 + at * 90.0, TOP - 16.0);
        write(
            &mut svg,
            format!("<rect x=\"{x}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>", y - 6.0),
        );
        write(&mut svg, format!("<text x=\"{}\" y=\"{y}\">{name}</text>", x + 20.0));
    }
    let (x, y) = (WIDTH - RIGHT, TOP - 16.0);
    let dot = format!("dot: the default threshold, {}", report.threshold);
    write(&mut svg, format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{dot}</text>"));
    svg.push_str("</svg>\n");
    svg
}

fn axes(svg: &mut String) {
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    for tenth in 0..=10 {
        let recall = f64::from(tenth) / 10.0;
        let y = y_of(recall);
        write(svg, format!("<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#ddd\"/>"));
        if tenth % 2 == 0 {
            let (x, y) = (LEFT - 8.0, y + 4.0);
            write(svg, format!("<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{} %</text>", tenth * 10));
        }
    }
    for (share, label) in [(0.000_1, "0.01 %"), (0.001, "0.1 %"), (0.01, "1 %"), (0.1, "10 %")] {
        let x = x_of(share);
        write(svg, format!("<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/>"));
        let y = bottom + 18.0;
        write(svg, format!("<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{label}</text>"));
    }
    let (x, y) = ((LEFT + right) / 2.0, HEIGHT - 18.0);
    write(svg, format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">ordinary names that alarm</text>"));
    let y = (TOP + bottom) / 2.0;
    write(
        svg,
        format!(
            "<text x=\"16\" y=\"{y}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {y})\">aliases found</text>"
        ),
    );
}

/// Flat until the next point, as the counts are.
fn line(svg: &mut String, points: &[Point], colour: &str) {
    let Some(first) = points.first() else { return };
    let mut path = format!("M{:.1} {:.1}", x_of(first.false_alarms), y_of(first.recall));
    for point in &points[1..] {
        path.push_str(&format!("H{:.1}V{:.1}", x_of(point.false_alarms), y_of(point.recall)));
    }
    write(svg, format!("<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"));
}

fn write(svg: &mut String, element: String) {
    writeln!(svg, "{element}").expect("a string takes whatever is written");
}

/// What lies beyond the axis stands at its end.
fn x_of(false_alarms: f64) -> f64 {
    let share = (false_alarms.clamp(FEWEST, MOST) / FEWEST).ln() / (MOST / FEWEST).ln();
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn y_of(recall: f64) -> f64 {
    HEIGHT - BOTTOM - recall.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
}

#[cfg(test)]
mod tests {
    use app::watchlist::self_test::Curve;

    use super::*;

    #[test]
    fn both_kinds_are_drawn_within_the_frame() {
        let point = |false_alarms, recall| Point { threshold: 0.5, false_alarms, recall };
        let points = vec![point(0.000_01, 0.2), point(0.01, 0.8), point(0.9, 1.0)];
        let curves = Kind::ALL.map(|kind| Curve { kind, points: points.clone() });
        let report = Report {
            lists: Vec::new(),
            threshold: 0.03,
            listed_word_for_word: 0,
            rows: Vec::new(),
            curves: curves.into(),
            numbers: Vec::new(),
        };

        let svg = recall_over_false_alarms(&report);

        assert_eq!(svg.matches("stroke-width=\"2\"").count(), 2);
        assert!(svg.contains("d=\"M60.0 296.0H433.3V104.0H620.0V40.0\""), "{svg}");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
    }
}
