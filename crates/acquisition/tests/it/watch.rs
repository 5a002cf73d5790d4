//! Every method stops soon after it is asked to, wherever it is, and says how many points it has picked.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bal_acquisition::{
    AcquisitionFunction, Error, GaussianField, Predictions, Result, Targets, Watch, badge, batch_bald,
    core_set, k_bald, large_batch_bald, power_large_batch_bald,
};
use bal_stream::Stream;
use ndarray::{Array2, Array3};

use crate::support::{draw, to_probs};

const POINTS: usize = 40;
const BATCH: usize = 4;

/// Answers "go on" so many times.
#[derive(Default)]
struct After {
    answers: usize,
    asked: AtomicUsize,
    picks: AtomicUsize,
}

impl Watch for After {
    fn is_stopped(&self) -> bool {
        self.asked.fetch_add(1, Relaxed) >= self.answers
    }

    fn picked(&self) {
        self.picks.fetch_add(1, Relaxed);
    }
}

fn probs() -> Array3<f64> {
    let uniform = Stream::of_test("watch", 0, 0).uniform(POINTS * 5 * 3);
    to_probs(Array3::from_shape_vec((POINTS, 5, 3), uniform).unwrap())
}

fn features() -> Array2<f64> {
    Array2::from_shape_vec((POINTS, 2), Stream::of_test("watch", 0, 1).uniform(POINTS * 2)).unwrap()
}

type Method = fn(&Predictions<'_, f64>, &Array2<f64>, &dyn Watch) -> Result<usize>;

const METHODS: [(&str, Method); 9] = [
    ("batch_bald", |p, _, _| {
        Ok(batch_bald(p, BATCH, NonZeroUsize::new(20).unwrap(), draw(0, 0))?.picks.len())
    }),
    ("k_bald", |p, _, _| Ok(k_bald(p, BATCH, 2)?.picks.len())),
    ("k_bald of triples", |p, _, _| Ok(k_bald(p, BATCH, 3)?.picks.len())),
    ("large_batch_bald", |p, _, _| Ok(large_batch_bald(p, BATCH)?.picks.len())),
    ("power_large_batch_bald", |p, _, _| Ok(power_large_batch_bald(p, BATCH, 5.0, draw(0, 0))?.picks.len())),
    ("core_set", |_, x, watch| Ok(core_set(x.view(), &[], BATCH, watch)?.len())),
    ("badge", |p, x, watch| {
        let mean_N_C = p.normalise()?.mean_N_C();
        Ok(badge(mean_N_C.view(), x.view(), BATCH, draw(0, 0), watch)?.len())
    }),
    ("minimum_bayes_risk", |_, x, watch| {
        let field = GaussianField::new(x.view(), &[0, 1], &[0, 1], None, 1 << 30, watch)?;
        Ok(field.minimum_bayes_risk(BATCH, watch)?.len())
    }),
    ("epig", |p, _, _| {
        p.score_with_targets(&[AcquisitionFunction::Epig], &Targets::new(p)?)?;
        Ok(BATCH)
    }),
];

#[test]
fn every_method_stops_wherever_it_is_asked_to() {
    let (probs_N_K_C, features_N_D) = (probs(), features());
    let run = |method: Method, answers: usize| {
        let watch = After { answers, ..After::default() };
        let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap().watched_by(&watch);
        let result = method(&predictions, &features_N_D, &watch);
        (result, watch.asked.into_inner(), watch.picks.into_inner())
    };
    for (name, method) in METHODS {
        let (result, asked, picks) = run(method, usize::MAX);
        assert_eq!(result, Ok(BATCH), "{name}");
        assert!(name == "epig" || picks == BATCH, "{name} told of {picks} picks");
        assert!(asked >= POINTS, "{name} asked {asked} times only");
        for answers in (0..asked).step_by(asked.div_ceil(50)) {
            let (result, _, picks) = run(method, answers);
            assert_eq!(result, Err(Error::Stopped), "{name} after {answers} of {asked} answers");
            assert!(picks <= BATCH, "{name}");
        }
    }
}
