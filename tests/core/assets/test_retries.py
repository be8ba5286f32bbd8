"""Retry policies: which failures, how often, after what wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rivers_core as rs
from rivers_core.assets.retries import FailureReason
from rivers_core.exceptions import AssetDefinitionError

seconds = st.floats(0, 1000, allow_nan=False)
fractions = st.floats(0, 1)


class GaugeError(RuntimeError): ...


class ClosedError(GaugeError): ...


def waits(backoff, count=4):
    return [backoff.delay(retry) for retry in range(1, count + 1)]


def test_constant_backoff_waits_the_same_every_time():
    assert waits(rs.Backoff.constant(5)) == [5, 5, 5, 5]


def test_linear_backoff_grows_by_a_step():
    assert waits(rs.Backoff.linear(2, initial=1)) == [3, 5, 7, 9]


def test_exponential_backoff_grows_by_a_factor_up_to_its_limit():
    assert waits(rs.Backoff.exponential(1)) == [1, 2, 4, 8]
    assert waits(rs.Backoff.exponential(2, factor=3, max_delay=10)) == [2, 6, 10, 10]


def test_fixed_backoff_follows_its_list_and_stays_at_the_last():
    assert waits(rs.Backoff.fixed([1, 4, 9])) == [1, 4, 9, 9]


@given(seconds, fractions, fractions, st.integers(1, 50))
def test_jitter_adds_at_most_its_fraction(delay, jitter, chance, retry):
    backoff = rs.Backoff.constant(delay, jitter=jitter)

    assert delay <= backoff.delay(retry, chance) <= delay * (1 + jitter)
    assert delay <= backoff.delay(retry) <= delay * (1 + jitter)


@given(st.integers(1, 10_000))
def test_no_wait_is_too_long_for_a_number(retry):
    assert rs.Backoff.exponential(1, max_delay=60).delay(retry) <= 60


def test_a_policy_without_backoff_waits_for_nothing():
    assert rs.RetryPolicy(2).delay(1) == 0


def test_retries_end_at_their_number():
    policy = rs.RetryPolicy(2)

    assert [policy.allows(retry, ValueError()) for retry in (1, 2, 3)] == [True, True, False]
    assert not rs.RetryPolicy(0).allows(1, ValueError())


@pytest.mark.parametrize(
    ("error", "is_transient"),
    [
        (ValueError(), False),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (MemoryError(), True),
        (KeyError("x"), False),
    ],
)
def test_transient_failures_are_those_that_another_attempt_may_not_meet(error, is_transient):
    assert rs.RetryPolicy(1, retry_on=rs.RetryOn.TRANSIENT).allows(1, error) is is_transient
    assert rs.RetryPolicy(1, retry_on=rs.RetryOn.ALL).allows(1, error)


def test_listed_error_types_count_with_their_subclasses():
    policy = rs.RetryPolicy(1, retry_on=[GaugeError, OSError])

    assert policy.allows(1, ClosedError())
    assert policy.allows(1, PermissionError())
    assert not policy.allows(1, RuntimeError())


def test_a_list_may_name_reasons():
    policy = rs.RetryPolicy(1, retry_on=[rs.FailureReason.TIMEOUT, GaugeError])

    assert policy.allows(1, TimeoutError())
    assert not policy.allows(1, MemoryError())
    assert policy.allows_after_loss(1, FailureReason.TIMEOUT)
    assert not policy.allows_after_loss(1)


@pytest.mark.parametrize(
    ("retry_on", "allowed"), [(None, True), (rs.RetryOn.ALL, True), (rs.RetryOn.TRANSIENT, True), ([GaugeError], False)]
)
def test_a_lost_worker_counts_as_infrastructure(retry_on, allowed):
    assert rs.RetryPolicy(1, retry_on=retry_on).allows_after_loss(1) is allowed
    assert not rs.RetryPolicy(1, retry_on=retry_on).allows_after_loss(2)


policies = st.builds(
    rs.RetryPolicy,
    st.integers(0, 5),
    st.none()
    | st.builds(rs.Backoff.constant, seconds, jitter=fractions)
    | st.builds(rs.Backoff.linear, seconds, initial=seconds, max_delay=st.none() | seconds)
    | st.builds(rs.Backoff.exponential, seconds, factor=st.floats(1, 4))
    | st.builds(rs.Backoff.fixed, st.lists(seconds, min_size=1, max_size=4)),
    st.none() | st.sampled_from(rs.RetryOn) | st.just([GaugeError, rs.FailureReason.TIMEOUT]),
)


@given(policies, st.sampled_from([ValueError(), ClosedError(), TimeoutError(), OSError()]), st.integers(1, 6))
def test_a_policy_that_went_through_its_spec_decides_the_same(policy, error, retry):
    again = rs.RetryPolicy.from_spec(policy.to_spec())

    assert again.to_spec() == policy.to_spec()
    assert again.allows(retry, error) == policy.allows(retry, error)
    assert again.backoff == policy.backoff


@pytest.mark.parametrize(
    "make",
    [
        lambda: rs.RetryPolicy(-1),
        lambda: rs.RetryPolicy(True),
        lambda: rs.RetryPolicy(1, backoff=5),
        lambda: rs.RetryPolicy(1, retry_on=[3]),
        lambda: rs.RetryPolicy(1, escalate=object()),
        lambda: rs.Backoff.constant(-1),
        lambda: rs.Backoff.constant("soon"),
        lambda: rs.Backoff.fixed([]),
        lambda: rs.Backoff.constant(1, jitter=-0.5),
    ],
)
def test_what_cannot_be_a_policy_is_refused(make):
    with pytest.raises(AssetDefinitionError):
        make()


def test_named_and_default_policies_come_from_the_repository():
    patient, eager = rs.RetryPolicy(9), rs.RetryPolicy(1)
    named = rs.Asset(lambda: 1, name="named", retry="patient")
    own = rs.Asset(lambda: 1, name="own", retry=rs.RetryPolicy(4))
    plain = rs.Asset(lambda: 1, name="plain")
    retries = {"patient": patient, "eager": eager}
    definitions = rs.CodeRepository(
        assets=[named, own, plain], retries=retries, default_retry_policy="eager"
    ).definitions

    assert [definitions.computation(name).retry for name in ("named", "own", "plain")] == [
        patient,
        rs.RetryPolicy(4),
        eager,
    ]
