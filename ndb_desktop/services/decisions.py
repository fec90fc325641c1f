"""决定书: the batch's signed decisions, each chained to the one before, and the two-person rule over them.

They are truth, as signed score files are: what follows from them is derived and can be made again. `Office.decided`
leads here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ndb_desktop.crypto.identity import Identity, PublicKey
from ndb_desktop.domain import decision as rules
from ndb_desktop.domain.decision import KINDS, Content, Decision, DecisionKind, Officer, Role, SecondKeyError, Wanted
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats.card import open_card
from ndb_desktop.formats.decisionfile import DecisionPayload, Signer, build_decision, open_decision

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


class DecisionBook:
    """All decisions of one registry. What was read once is kept, for it can only grow."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lent: tuple[Identity, Wanted] | None = None
        self._forget()

    def _forget(self) -> None:
        self._known: list[Decision] = []
        # Only these say who holds which role; the rest may be thousands.
        self._changes: list[Decision] = []
        self._in_office: tuple[Officer, ...] = ()

    # ----- reading -----

    def all(self) -> tuple[Decision, ...]:
        """Every decision in order, signatures and chain verified.

        Raises:
            NdbError: E-DECISION-CHAIN when a stored decision is not what was signed, or not by those who may.
        """
        registry = self._office.registry
        if registry.decision_count() < len(self._known):
            # One was undone together with its transaction.
            self._forget()
        for number, envelope in registry.decisions(after=len(self._known)):
            one = self._verified(number, envelope)
            self._known.append(one)
            if one.kind in rules.OFFICERS:
                self._changes.append(one)
                self._in_office = rules.officers(self._changes)
        return tuple(self._known)

    def of(self, kind: DecisionKind) -> Mapping[str, Decision]:
        """The decisions of a kind that are in force, by subject."""
        return rules.in_force(self.all(), kind)

    def officers(self) -> tuple[Officer, ...]:
        """Supervisors and archivists in office."""
        self.all()
        return self._in_office

    def supervisors(self) -> tuple[Officer, ...]:
        """监督 in office."""
        return tuple(one for one in self.officers() if one.role == "supervisor")

    def needs_supervisor(self, kind: DecisionKind) -> bool:
        """Whether a decision of this kind takes a supervisor's signature beside the coordinator's."""
        self.all()
        return rules.needs_supervisor(kind, self._changes, trial=self._office.batch.trial)

    def check(self) -> tuple[Fault, ...]:
        """What is wrong with the stored decisions, all read anew; the log tells of one cut off at the end."""
        self._forget()
        try:
            kept = [one.digest for one in self.all()]
        except NdbError as error:
            return (error.fault,)
        logged = [row.details["digest"] for row in self._office.log_rows() if row.action == "decision"]
        if kept != logged:
            return (Fault("E-DECISION-CHAIN", "", {"number": str(len(kept)), "detail": "log"}),)
        return ()

    # ----- deciding -----

    @contextmanager
    def countersigned(self, second: Identity, wanted: Wanted) -> Iterator[None]:
        """Lends a supervisor's key to what is done inside: it signs `wanted`, once, and nothing else.

        So the supervisor signs what was shown; the reason is that of `wanted`. What would sign something else fails
        with `SecondKeyError` as before.
        """
        self._lent = (second, wanted)
        try:
            yield
        finally:
            self._lent = None

    def record(
        self, kind: DecisionKind, subject: str, content: Content, *, reason: str, second: Identity | None = None
    ) -> Decision:
        """Signs and keeps a decision; joins the transaction around it.

        `second` is a supervisor's unlocked key, needed where `needs_supervisor` says so and welcome anywhere.

        Raises:
            NdbError: E-REASON, E-DECISION-SUPERVISOR (nobody appointed), E-DECISION-SECOND (no second signature; a
                `SecondKeyError`), E-DECISION-SECOND-KEY (not a supervisor's key), E-OFFICE-RECOVERY, E-JSON-FIELD.
        """
        wanted = Wanted(kind, subject, dict(sorted(content.items())), reason.strip())
        if second is None and self._lent is not None and self._lent[1].fits(wanted):
            (second, wanted), self._lent = self._lent, None
            reason = wanted.reason
        if not reason.strip():
            raise NdbError("E-REASON")
        office = self._office
        first = office.signer()
        self._check_second(wanted, second)
        known = self.all()
        identities = [first] if second is None else [first, second]
        roles: list[Role] = ["coordinator", "supervisor"]
        payload = DecisionPayload(
            trial=office.batch.trial,
            batch=office.batch.id,
            number=len(known) + 1,
            previous=known[-1].digest if known else None,
            kind=kind,
            subject=subject,
            content=dict(wanted.content),
            reason=reason.strip(),
            at=office.now(),
            signers=tuple(Signer(r, i.public.age_recipient) for r, i in zip(roles, identities, strict=False)),
        )
        envelope = build_decision(payload, identities)
        _, made = open_decision(envelope)
        with office.registry.transaction():
            office.registry.add_decision(made.number, made.digest, envelope, kind, subject, made.at)
            details = {"kind": kind, "number": made.number, "digest": made.digest, "signers": list(made.keyids)}
            office.log("decision", subject, details)
        return made

    def _check_second(self, wanted: Wanted, second: Identity | None) -> None:
        supervisors = self.supervisors()
        if second is None:
            if self.needs_supervisor(wanted.kind):
                if supervisors:
                    raise SecondKeyError(wanted, (one.name for one in supervisors))
                raise NdbError("E-DECISION-SUPERVISOR", kind=wanted.kind)
        elif second.keyid not in {one.keyid for one in supervisors}:
            raise NdbError("E-DECISION-SECOND-KEY", keyid=second.keyid)

    def appoint(self, card: bytes, role: Role, *, reason: str, second: Identity | None = None) -> Decision:
        """任命: gives the owner of a card a role. Once there is a supervisor, one must sign further appointments.

        Raises:
            NdbError: as `record` and `card.open_card`; E-OFFICER-KEY (the coordinator's or recovery key, or one that
                has a role already), E-OFFICER-TRIAL (a trial card for an official batch, or the other way round).
        """
        opened = open_card(card)
        office, keyid = self._office, opened.key.keyid
        taken = {office.coordinator.keyid, office.recovery.keyid, *(one.keyid for one in self.officers())}
        if keyid in taken or role == "coordinator":
            raise NdbError("E-OFFICER-KEY", name=opened.payload.name)
        if opened.payload.trial != office.batch.trial:
            raise NdbError("E-OFFICER-TRIAL", name=opened.payload.name)
        content = {
            "role": role, "key": opened.key.age_recipient, "name": opened.payload.name,
            "employer": opened.payload.employer, "card": opened.payload_sha256,
        }  # fmt: skip
        return self.record("appoint", keyid, content, reason=reason, second=second)

    def dismiss(self, keyid: str, *, reason: str, second: Identity | None = None) -> Decision:
        """免除: ends a role; what was signed before stays valid. Raises NdbError: as `record`; E-OFFICER-UNKNOWN."""
        names = {one.keyid: one.name for one in self.officers()}
        if keyid not in names:
            raise NdbError("E-OFFICER-UNKNOWN", keyid=keyid)
        return self.record("dismiss", keyid, {"name": names[keyid]}, reason=reason, second=second)

    # ----- verifying -----

    def _verified(self, number: int, envelope: bytes) -> Decision:
        """A stored decision, once signatures, place in the chain and the signers' authority are proven."""
        broken = partial(NdbError, "E-DECISION-CHAIN", number=number)
        try:
            payload, made = open_decision(envelope)
        except NdbError as error:
            raise broken(detail=error.code) from None
        known, office = self._known, self._office
        before = known[-1].digest if known else ""
        if (payload.batch, payload.trial) != (office.batch.id, office.batch.trial) or made.kind not in KINDS:
            raise broken(detail="batch")
        if number != len(known) + 1 or made.number != number or made.previous != before:
            raise broken(detail="previous")
        may: dict[Role, set[str]] = {
            "coordinator": {office.coordinator.keyid}, "supervisor": set(), "archivist": set(),
        }  # fmt: skip
        for one in self._in_office:
            may[one.role].add(one.keyid)
        if made.signers[0][0] != "coordinator" or any(keyid not in may[role] for role, keyid in made.signers):
            raise broken(detail="signer")
        missing = len(made.signers) < 2
        if missing and rules.needs_supervisor(made.kind, self._changes, trial=office.batch.trial):
            raise broken(detail="supervisor")
        if made.kind == "appoint" and PublicKey(made.content["key"]).keyid != made.subject:
            raise broken(detail="key")
        return made
