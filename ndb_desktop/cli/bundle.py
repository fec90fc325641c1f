"""`ndb bundle`: look at a bundle without opening it, check it whole, recover its secret."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.cli import verify
from ndb_desktop.cli.context import FINE, Context
from ndb_desktop.cli.office import existing, open_registry, registry_options
from ndb_desktop.cli.secrets import key_options, own_identity, secret_options
from ndb_desktop.cli.usage import Verbs


def add(verbs: Verbs) -> None:
    """Registers the verbs."""
    noun = verbs.noun("bundle", "cli.bundle.help")
    inspect = noun.verb("inspect", "cli.bundle.inspect", _inspect)
    inspect.argument("bundle", metavar="BUNDLE", type=Path, help_key="cli.opt.bundle")
    check = noun.verb("verify", "cli.bundle.verify", verify.run)
    check.argument("files", metavar="BUNDLE", nargs="+", type=Path, help_key="cli.opt.bundle")
    check.argument("--unseal", action="store_true", help_key="cli.verify.unseal")
    key_options(check)
    secret_options(check)
    recall = noun.verb("recall", "cli.bundle.recall", _recall)
    recall.argument("expert", metavar="EXPERT", help_key="cli.bundle.recall.expert")
    recall.argument("out", metavar="DIR", type=Path, help_key="cli.issue.out")
    recall.argument("--application", metavar="ID", action="append", help_key="cli.bundle.recall.application")
    recall.argument("--reason", required=True, help_key="cli.bundle.recall.reason")
    registry_options(recall)
    secret = noun.verb("secret", "cli.bundle.secret", _secret)
    secret.argument("bundle", metavar="BUNDLE", type=Path, help_key="cli.opt.bundle")
    key_options(secret)


def _inspect(context: Context) -> int:
    from ndb_desktop.services.review import inspect_bundle

    summary = inspect_bundle(existing(context.options.bundle), any_kind=True)
    facts = {
        "bundle_id": summary.bundle_id,
        "batch_id": summary.batch_id,
        "trial": summary.trial,
        "issuer_name": summary.issuer_name,
        "issuer_key": summary.issuer_key,
        "expert_id": summary.expert_id,
        "applications": summary.applications,
        "issued_at": summary.issued_at,
        "expires_at": summary.expires_at,
        "opens_with": sorted(summary.opens_with),
        "size": summary.size,
        "kind": summary.kind,
        "earlier": summary.earlier,
        "stage": summary.stage,
    }
    stage = (
        []
        if summary.stage is None
        else [context.words("cli.bundle.stage", stage=context.words(_STAGES[summary.stage]))]
    )
    context.emit(
        facts,
        [
            context.words("cli.status.trial" if summary.trial else "cli.status.official", batch=summary.batch_id),
            context.words(_KINDS[summary.kind]),
            *stage,
            context.words("cli.bundle.issuer", name=summary.issuer_name, key=summary.issuer_key),
            context.words("cli.bundle.for", expert=summary.expert_id, applications=summary.applications),
            context.words("cli.bundle.times", issued=summary.issued_at, expires=summary.expires_at or "-"),
            context.words("cli.bundle.opens.key" if "key" in summary.opens_with else "cli.bundle.opens.secret"),
        ],
    )
    return FINE


_STAGES = {"acceptance": "succession.stage.acceptance", "effect": "succession.stage.effect"}
_KINDS = {
    "full": "cli.bundle.kind.full",
    "supplement": "cli.bundle.kind.supplement",
    "replacement": "cli.bundle.kind.replacement",
    "recall": "cli.bundle.kind.recall",
    "second_round": "cli.bundle.kind.second_round",
    "calibration": "open.kind.calibration",
    "site": "cli.bundle.kind.site",
}


def _recall(context: Context) -> int:
    from ndb_desktop.services.issue_recall import recall_bundle, withdraw_applications

    options = context.options
    with open_registry(context) as office:
        if options.application:
            made = withdraw_applications(
                office, options.out, options.expert, options.application, options.reason,
                progress=context.progress, cancel=context.cancel,
            )  # fmt: skip
        else:
            made = recall_bundle(
                office, options.out, options.expert, options.reason, progress=context.progress, cancel=context.cancel
            )
    context.emit(
        {"expert": made.expert, "bundle": made.bundle_id, "path": made.path, "kind": made.kind},
        [context.words("cli.bundle.recall.done", path=made.path, expert=made.expert)],
    )
    return FINE


def _secret(context: Context) -> int:
    from ndb_desktop.services.issue import recover_secret

    secret = recover_secret(existing(context.options.bundle), own_identity(context))
    context.emit({"secret": secret}, [secret])
    return FINE
