//! Many signatures judged together, as strictly as one by one and at half the price.
//!
//! A signature (R, S) of the key A is right if R = SB - kA. In a group of prime order one random combination asks that
//! of all at once. R alone may lie outside of it: A is a strong key's, and B is the base point. The whole curve has
//! eight times as many points, and R = SB - kA + T with a T of small order fits the combination whenever its random
//! factor takes T away: one time in two for a T of order 2, where a strict check always refuses it. So the Rs are asked
//! for their order first, together too.
//!
//! The combination relies on each A being of the group too. A key that is new has not been asked for that, which costs more
//! than its signature: it is asked for its order together with the Rs.
//!
//! Both questions use the system's randomness, which nobody who signs can foresee. Where the answer is no, the same is asked
//! of halves, and in the end of a few one by one: a forger among a thousand has some of them judged twice, and not each by
//! itself. What a half's combination comes to is told by the whole's and the other half's, so only one of two is made.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity, VartimeMultiscalarMul};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha512};

/// Below so many, one by one is as cheap: the 64 subsets cost the same, however few they are drawn from.
pub(crate) const LEAST: usize = 128;

/// So many are judged one by one where one of them is wrong: the combinations of ever fewer cost more each.
const FEW: usize = 16;

/// Among so many a wrong one in either half is no chance any more: a forger says more than anybody else, and halving on
/// would cost more than it saves.
const CROWDED: usize = 64;

/// Bytes of a row of random bits: which of the subsets a point is in. Each byte stands for eight subsets.
const ROW_BYTES: usize = 8;

/// A signature with what it is held against, as numbers and points.
struct Claim {
    /// Which of the checks it is of.
    place: usize,
    /// Its random factor in each combination.
    z: Scalar,
    r: EdwardsPoint,
    s: Scalar,
    k: Scalar,
    a: EdwardsPoint,
    a_is_proven: bool,
}

/// One signature to be checked.
#[derive(Clone, Copy)]
pub(crate) struct Check<'a> {
    pub(crate) key: &'a VerifyingKey,
    /// The key is known to be of the group of prime order.
    pub(crate) is_proven: bool,
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8; 64],
}

/// Which of these are right by the strict rules, with a key of the group of prime order. A wrong one passes with a
/// probability below 2^-61: none of the questions that it is asked tells it with 2^-64 at most. `alone` says it of the one at
/// a place for certain, and is asked where many say nothing.
pub(crate) fn judge(checks: &[Check<'_>], alone: impl Fn(usize) -> bool) -> Vec<bool> {
    let factors = (checks.len() >= LEAST).then(|| random::<16>(checks.len()).ok()).flatten();
    let Some(factors) = factors else { return (0..checks.len()).map(alone).collect() };
    let factors = factors.into_iter().map(|bytes| Scalar::from(u128::from_le_bytes(bytes)));
    let claims: Vec<Claim> =
        checks.iter().zip(factors).enumerate().filter_map(|(place, (check, z))| claim(place, *check, z)).collect();
    let mut judges = Judges { alone, right: vec![false; checks.len()] };
    judges.by_order(&claims);
    judges.right
}

/// What is known of all checks while they are judged: nothing is right before it is found to be.
struct Judges<F> {
    alone: F,
    right: Vec<bool>,
}

impl<F: Fn(usize) -> bool> Judges<F> {
    /// First the points are asked for their order, and where one is not of the group its neighbours with it are not added up.
    fn by_order(&mut self, claims: &[Claim]) {
        if claims.len() < LEAST {
            return self.one_by_one(claims);
        }
        let new = claims.iter().filter(|claim| !claim.a_is_proven).map(|claim| claim.a);
        let points: Vec<EdwardsPoint> = claims.iter().map(|claim| claim.r).chain(new).collect();
        if have_prime_order(&points).unwrap_or(false) {
            return self.by_sum(claims, add_up(claims));
        }
        let (some, others) = claims.split_at(claims.len() / 2);
        self.by_order(some);
        self.by_order(others);
    }

    /// Then for the combination, which comes to `sum`.
    fn by_sum(&mut self, claims: &[Claim], sum: EdwardsPoint) {
        if sum.is_identity() {
            return claims.iter().for_each(|claim| self.set(claim, true));
        }
        if claims.len() <= FEW {
            return self.one_by_one(claims);
        }
        let (some, others) = claims.split_at(claims.len() / 2);
        let of_some = add_up(some);
        let of_others = sum - of_some;
        if claims.len() <= CROWDED && !of_some.is_identity() && !of_others.is_identity() {
            return self.one_by_one(claims);
        }
        self.by_sum(some, of_some);
        self.by_sum(others, of_others);
    }

    fn one_by_one(&mut self, claims: &[Claim]) {
        for claim in claims {
            self.set(claim, (self.alone)(claim.place));
        }
    }

    fn set(&mut self, claim: &Claim, is_right: bool) {
        if let Some(right) = self.right.get_mut(claim.place) {
            *right = is_right;
        }
    }
}

/// Reads a signature, with all checks that it needs by itself: what is refused here no strict check takes.
fn claim(place: usize, check: Check<'_>, z: Scalar) -> Option<Claim> {
    let Check { key, is_proven, message, signature } = check;
    let (r_bytes, s_bytes) = signature.split_first_chunk::<32>()?;
    let s = Option::from(Scalar::from_canonical_bytes(s_bytes.try_into().ok()?))?;
    // The strict check compares bytes, so an R in another form than its shortest is refused.
    let r = CompressedEdwardsY(*r_bytes).decompress().filter(|r| is_canonical(r_bytes) && !r.is_identity())?;
    let k = Sha512::new().chain_update(r_bytes).chain_update(key.as_bytes()).chain_update(message).finalize();
    let k = Scalar::from_bytes_mod_order_wide(&k.into());
    Some(Claim { place, z, r, s, k, a: key.to_edwards(), a_is_proven: is_proven })
}

/// Whether these bytes hold a y below the field's prime, 2^255 - 19. Their highest bit is the sign of x.
fn is_canonical(point: &[u8; 32]) -> bool {
    let [lowest, between @ .., highest] = point;
    *lowest < 0xED || highest | 0x80 != 0xFF || between.iter().any(|byte| *byte != 0xFF)
}

/// Σ z(R + kA - SB), with the random z of 128 bits of each. Where every point is of the group of prime order, it is the
/// neutral element if all are right, and if one is wrong once in 2^128.
fn add_up(claims: &[Claim]) -> EdwardsPoint {
    let (mut scalars, mut points) = (vec![Scalar::ZERO], vec![curve25519_dalek::constants::ED25519_BASEPOINT_POINT]);
    let mut base = Scalar::ZERO;
    for Claim { z, r, s, k, a, .. } in claims {
        base -= z * s;
        scalars.extend([*z, z * k]);
        points.extend([*r, *a]);
    }
    if let Some(first) = scalars.first_mut() {
        *first = base;
    }
    EdwardsPoint::vartime_multiscalar_mul(&scalars, &points)
}

/// Whether each point is of the group of prime order: 64 random subsets are added up, and each sum must be of it.
///
/// Let a point have a part T of small order. Whatever the other points of a subset add up to, at most one of the two
/// sums, with T and without it, is of the group, so a subset tells with a probability of 1/2 at least; and none of 64
/// does with 2^-64 at most. (A multiple of T instead, drawn from 0 to 7, would tell no better if T is of order 2.)
///
/// Eight subsets are added up in one pass: each point goes to the one of 256 sums that its random byte names, and of
/// those a subset is the half that has its bit.
fn have_prime_order(points: &[EdwardsPoint]) -> Result<bool, getrandom::Error> {
    let rows = random::<ROW_BYTES>(points.len())?;
    Ok((0..ROW_BYTES).all(|column| {
        let mut sums = [EdwardsPoint::identity(); 256];
        for (point, row) in points.iter().zip(&rows) {
            if let Some(sum) = row.get(column).and_then(|byte| sums.get_mut(usize::from(*byte))) {
                *sum += point;
            }
        }
        halves_have_prime_order(&mut sums)
    }))
}

/// Whether, for each bit of the sums' numbers, those that have it add up to a point of the group of prime order.
fn halves_have_prime_order(mut sums: &mut [EdwardsPoint]) -> bool {
    while sums.len() > 1 {
        let (without, with) = sums.split_at_mut(sums.len() / 2);
        if !has_prime_order(&with.iter().sum()) {
            return false;
        }
        // The highest bit is done, and no longer tells two sums apart.
        without.iter_mut().zip(with).for_each(|(without, with)| *without += *with);
        sums = without;
    }
    true
}

/// Whether the group's order takes this point to the neutral element. A scalar is less than that order, so it is taken
/// one time less: to the point's negative.
fn has_prime_order(point: &EdwardsPoint) -> bool {
    EdwardsPoint::vartime_double_scalar_mul_basepoint(&-Scalar::ONE, point, &Scalar::ZERO) == -point
}

fn random<const BYTES: usize>(count: usize) -> Result<Vec<[u8; BYTES]>, getrandom::Error> {
    let mut rows = vec![[0; BYTES]; count];
    getrandom::fill(rows.as_flattened_mut())?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
    use ed25519_dalek::{Signature, SigningKey};

    use super::*;

    /// A key, and a signature of it over nothing.
    type Signed = (VerifyingKey, [u8; 64]);

    /// The signature that an honest signer makes with its nonce `number`, but that `part` is added to its R before k
    /// is made: it fits the equation but for that part.
    fn signed(number: u8, part: EdwardsPoint) -> Signed {
        let (signer, nonce) = (SigningKey::from_bytes(&[number; 32]), Scalar::from(u64::from(number) + 1));
        with_r(&signer, nonce, (ED25519_BASEPOINT_TABLE * &nonce + part).compress().0)
    }

    fn with_r(signer: &SigningKey, nonce: Scalar, r: [u8; 32]) -> Signed {
        let key = signer.verifying_key();
        let k = Scalar::from_bytes_mod_order_wide(&Sha512::new().chain_update(r).chain_update(key).finalize().into());
        let signature = [r, (nonce + k * signer.to_scalar()).to_bytes()].concat();
        (key, signature.try_into().unwrap())
    }

    fn good(count: u8) -> Vec<Signed> {
        (0..count).map(|number| signed(number, EdwardsPoint::identity())).collect()
    }

    fn strictly((key, signature): &Signed) -> bool {
        key.verify_strict(b"", &Signature::from_bytes(signature)).is_ok()
    }

    fn judged(signed: &[Signed], are_proven: bool) -> Vec<bool> {
        let checks: Vec<Check<'_>> = signed.iter().map(|signed| check_of(signed, are_proven)).collect();
        let is_strong = |key: &VerifyingKey| are_proven || key.to_edwards().is_torsion_free();
        judge(&checks, |place| is_strong(&signed[place].0) && strictly(&signed[place]))
    }

    fn check_of((key, signature): &Signed, is_proven: bool) -> Check<'_> {
        Check { key, is_proven, message: b"", signature }
    }

    /// Among right ones each of these is found to be wrong, wherever it stands, and nothing else is.
    fn are_found(what: &str, bad: &[Signed], are_proven: bool) {
        for places in [[0, 1, 2, 3, 4, 5, 6, 7], [3, 50, 100, 127, 128, 200, 300, 383]] {
            let mut all: Vec<Signed> = good(128).into_iter().cycle().take(3 * LEAST).collect();
            let places = &places[..bad.len()];
            for (place, bad) in places.iter().zip(bad) {
                all[*place] = *bad;
            }
            let expected: Vec<bool> = (0..all.len()).map(|place| !places.contains(&place)).collect();
            assert_eq!(judged(&all, are_proven), expected, "{what}");
        }
    }

    #[test]
    fn what_is_right_is_right_together() {
        for count in [0, 1, 2, LEAST - 1, LEAST, LEAST + 1, 5 * LEAST] {
            let all: Vec<Signed> = good(100).into_iter().cycle().take(count).collect();
            assert!(all.iter().take(100).all(strictly));
            for are_proven in [true, false] {
                assert_eq!(judged(&all, are_proven), vec![true; count], "{count}");
            }
        }
    }

    /// Where all are right nobody is asked alone, and where one is wrong few are.
    #[test]
    fn few_are_judged_one_by_one() {
        let asked_alone = |all: &[Signed]| {
            let asked = std::cell::Cell::new(0);
            let checks: Vec<Check<'_>> = all.iter().map(|signed| check_of(signed, true)).collect();
            judge(&checks, |place| {
                asked.set(asked.get() + 1);
                strictly(&all[place])
            });
            asked.get()
        };
        let mut all: Vec<Signed> = good(128).into_iter().cycle().take(8 * LEAST).collect();
        assert_eq!(asked_alone(&all), 0);
        all[700].1[..32].copy_from_slice(&good(2)[1].1[..32]);
        assert_eq!(asked_alone(&all), FEW);
        all[700] = signed(7, EIGHT_TORSION[1]);
        assert_eq!(asked_alone(&all), LEAST);
        all[700].1[63] |= 0xE0;
        assert_eq!(asked_alone(&all), 0, "no strict check takes such an S");
    }

    #[test]
    fn one_that_is_wrong_is_found() {
        let check = |what: &str, change: &dyn Fn(&mut Signed)| {
            let mut signed = good(8)[7];
            change(&mut signed);
            assert!(!strictly(&signed), "{what}");
            are_found(what, &[signed], true);
            are_found(what, &[signed; 8], false);
        };
        let other = good(9)[8];
        check("another's key", &|signed| signed.0 = other.0);
        check("another's R", &|signed| signed.1[..32].copy_from_slice(&other.1[..32]));
        check("another's S", &|signed| signed.1[32..].copy_from_slice(&other.1[32..]));
        check("an S beyond the order", &|signed| signed.1[63] |= 0xE0);
        check("an R that is no point", &|signed| signed.1[..32].copy_from_slice(&[2; 32]));
    }

    /// For these parts in the Rs of some among right ones, each is refused strictly, and so it is together, although
    /// the equation alone may be content.
    fn check(parts: &[EdwardsPoint], fools_the_equation: bool) {
        let bad: Vec<Signed> = parts.iter().zip(200..).map(|(part, number)| signed(number, *part)).collect();
        assert!(!bad.iter().any(strictly));
        are_found(&format!("{parts:?}"), &bad, true);
        let all = [good(30), bad].concat();
        let is_content = || {
            let factors = random::<16>(all.len()).unwrap().into_iter();
            let claims = all.iter().zip(factors).enumerate().map(|(place, (signed, z))| {
                claim(place, check_of(signed, true), Scalar::from(u128::from_le_bytes(z))).unwrap()
            });
            add_up(&claims.collect::<Vec<_>>()).is_identity()
        };
        // It is content one time in eight at least: 400 times in a row it is not with a probability of 10^-23.
        assert_eq!((0..400).any(|_| is_content()), fools_the_equation, "{parts:?}");
    }

    #[test]
    fn a_part_of_small_order_in_r_is_refused_alone_and_in_pairs_that_cancel() {
        assert!(EIGHT_TORSION[0].is_identity());
        for part in &EIGHT_TORSION[1..] {
            check(&[*part], true);
            check(&[*part, -part], true);
            check(&[*part, *part], true);
            check(&[*part; 8], true);
        }
    }

    /// What fits the equation for a key with a part of small order: k is a multiple of eight, so that the part falls away.
    fn of_a_key_with_a_part(number: u8, part: EdwardsPoint) -> Signed {
        let signer = SigningKey::from_bytes(&[number; 32]);
        let key = VerifyingKey::from_bytes(&(signer.verifying_key().to_edwards() + part).compress().0).unwrap();
        (1_u64..)
            .find_map(|nonce| {
                let nonce = Scalar::from(nonce);
                let r = (ED25519_BASEPOINT_TABLE * &nonce).compress().0;
                let k = Sha512::new().chain_update(r).chain_update(key).finalize();
                let k = Scalar::from_bytes_mod_order_wide(&k.into());
                let falls_away = k.as_bytes().first().is_some_and(|lowest| lowest.is_multiple_of(8));
                let signature = [r, (nonce + k * signer.to_scalar()).to_bytes()].concat();
                falls_away.then(|| (key, signature.try_into().unwrap()))
            })
            .unwrap()
    }

    #[test]
    fn a_new_key_with_a_part_of_small_order_is_refused_alone_and_in_pairs_that_cancel() {
        for part in &EIGHT_TORSION[1..] {
            for parts in [vec![*part], vec![*part, -part], vec![*part, *part], vec![*part; 8]] {
                let bad = parts.iter().zip(200..).map(|(part, number)| of_a_key_with_a_part(number, *part));
                let bad: Vec<Signed> = bad.collect();
                // The signature itself is right by the strict rules, which look at the key's order no more than that.
                assert!(bad.iter().all(strictly), "{parts:?}");
                are_found(&format!("{parts:?}"), &bad, false);
            }
        }
    }

    #[test]
    fn each_subset_tells_a_point_of_small_order_with_a_probability_of_a_half() {
        for part in &EIGHT_TORSION[1..] {
            let found = (0..400).filter(|_| {
                let mut sums = [EdwardsPoint::identity(); 2];
                for (point, bit) in [*part, -part, *part].iter().zip(random::<1>(3).unwrap()) {
                    sums[usize::from(bit[0] & 1)] += point;
                }
                !halves_have_prime_order(&mut sums)
            });
            // Half of 400, and six standard deviations less.
            assert!(found.count() >= 140, "{part:?}");
        }
    }

    /// Of 8 subsets a point would escape all in one of 256 tries.
    #[test]
    fn no_point_of_small_order_escapes_all_subsets() {
        let honest: Vec<EdwardsPoint> =
            (1..9_u64).map(|nonce| ED25519_BASEPOINT_TABLE * &Scalar::from(nonce)).collect();
        assert!(have_prime_order(&honest).unwrap());
        for number in 0..2_000 {
            let mut points = honest.clone();
            points[number % 8] += EIGHT_TORSION[1 + number % 7];
            assert!(!have_prime_order(&points).unwrap(), "{number}");
        }
    }

    #[test]
    fn an_r_of_small_order_is_refused_in_each_of_its_forms() {
        let signer = SigningKey::from_bytes(&[7; 32]);
        let with_sign = |mut bytes: [u8; 32]| {
            bytes[31] |= 0x80;
            bytes
        };
        // y and the field's prime, which is the same y.
        let plus_prime = |y: u8| {
            let mut bytes = [0xFF; 32];
            (bytes[0], bytes[31]) = (0xED + y, 0x7F);
            bytes
        };
        let forms = EIGHT_TORSION.map(|point| point.compress().0);
        let more = [with_sign(forms[0]), with_sign(forms[4]), plus_prime(0), plus_prime(1), with_sign(plus_prime(1))];
        for r in forms.into_iter().chain(more) {
            let signed = with_r(&signer, Scalar::ZERO, r);
            assert!(!strictly(&signed), "{r:x?}");
            are_found(&format!("{r:x?}"), &[signed], true);
        }
    }

    #[test]
    fn only_the_shortest_form_of_a_point_is_canonical() {
        let check = |lowest, between, highest, expected| {
            let mut bytes = [between; 32];
            (bytes[0], bytes[31]) = (lowest, highest);
            assert_eq!(is_canonical(&bytes), expected, "{bytes:x?}");
        };
        check(0xEC, 0xFF, 0x7F, true);
        check(0xEC, 0xFF, 0xFF, true);
        check(0xED, 0xFF, 0x7F, false);
        check(0xED, 0xFF, 0xFF, false);
        check(0xFF, 0xFF, 0xFF, false);
        check(0xFF, 0xFF, 0x7E, true);
        check(0xFF, 0xFE, 0x7F, true);
        check(0, 0, 0, true);
    }
}
