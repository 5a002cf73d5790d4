//! Numbers by an integer formula that any language can repeat: what `bal` computes with them can be compared
//! with what another library does.

/// Numbers 0 to `n` of a key, each in [0, 1) and a multiple of 2⁻²⁴: the outputs of SplitMix64 whose state
/// starts at the key's FNV-1a hash.
///
/// `crates/model/tests/golden/README.md` has the formula in words.
pub fn uniform(key: &str, n: usize) -> Vec<f64> {
    const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
    let start = fnv1a(key);
    let number = |i: u64| {
        let mut z = start.wrapping_add((i + 1).wrapping_mul(GAMMA));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f64 / 2f64.powi(24)
    };
    (0..n as u64).map(number).collect()
}

/// The same numbers u as 2u − 1, in [−1, 1).
pub fn symmetric(key: &str, n: usize) -> Vec<f64> {
    uniform(key, n).into_iter().map(|u| 2.0 * u - 1.0).collect()
}

fn fnv1a(key: &str) -> u64 {
    key.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_description() {
        assert_eq!(fnv1a("inputs"), 0x499F_C592_A465_85F8);
        for (number, expected) in
            uniform("inputs", 3).into_iter().zip([0.669_582_25, 0.153_635_68, 0.041_903_97])
        {
            assert!((number - expected).abs() < 1e-8, "{number} is not {expected}");
        }
        assert_eq!(uniform("noise", 5)[..3], uniform("noise", 3));
    }
}
