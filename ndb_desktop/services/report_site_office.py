"""组织方的现场检查记录 PDF: of a record on file in the registry, or of a signed file that somebody sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.sitepack import load_site_pack
from ndb_desktop.formats.sitefile import SiteReader
from ndb_desktop.services.report_site import SiteSubject
from ndb_desktop.services.report_site_file import site_file_report
from ndb_desktop.services.site_merge import site_path
from ndb_desktop.services.tasks import CancelToken, Progress, silent
from ndb_desktop.services.visits import visit_of

if TYPE_CHECKING:
    from ndb_desktop.reports.site_record import PrintedRecord
    from ndb_desktop.services.office import Office


def record_on_file(office: Office, visit: str) -> Path:
    """The sealed file of the record that counts of a visit, else of its newest one.

    Raises:
        NdbError: E-VISIT-UNKNOWN, E-REPORT-SITE-NONE (no record of it was merged), E-REPORT-SITE-TWO (two records bear
            the highest number: say which by its file).
    """
    visit_of(office, visit)
    standing = next((one for one in office.registry.site_standings() if one.visit == visit), None)
    if standing is None:
        raise NdbError("E-REPORT-SITE-NONE", visit=visit)
    if len(standing.digests) > 1:
        raise NdbError("E-REPORT-SITE-TWO", visit=visit, revision=standing.revision)
    return site_path(office, standing.digests[0])


def office_site_report(
    office: Office,
    source: Path,
    target: Path,
    language: str = "zh_CN",
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> PrintedRecord:
    """Writes the record in a sealed file as a PDF, with the checklist and the names the registry knows.

    Raises:
        NdbError: E-VISIT-UNKNOWN (no visit of this registry), as `SiteReader` and `site_file_report`.
        Cancelled: by `cancel`; nothing is written.
    """
    with SiteReader(source, office.identity) as reader:
        visit, row = visit_of(office, reader.record.visit.id)
        if visit != reader.record.visit:
            raise NdbError("E-VISIT-OTHER", place=source.name, visit=visit.id)
        return site_file_report(
            reader, load_site_pack(row.pack), target, language, subject=subject_of(office, visit.application, language),
            progress=progress, cancel=cancel,
        )  # fmt: skip


def subject_of(office: Office, application: str, language: str) -> SiteSubject:
    """Title of the batch, the applicant's credit code and the labels of data, none of which a record says itself."""
    cover = office.cover(application)
    labels = {item.code: item.label.get(language) for one in office.pack_of(cover).indicators for item in one.data}
    return SiteSubject(office.batch.title.get(language), cover.credit_code, labels)
