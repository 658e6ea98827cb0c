//! Looking people up, and writing them out as a sheet.

use events_schema::ids::EmployeeId;
use events_schema::socket::FrameBody;
use lambda_host::door::{CommandError, Refusal};

use super::{Office, cursor_after, page_after};
use crate::decide::sheet;
use crate::directory::entry;
use crate::texts;

/// Of people on one page: well within a frame.
const PAGE: usize = 50;

impl Office {
    pub(super) async fn list_people(&self, cursor: Option<&str>) -> Result<FrameBody, CommandError> {
        let mut directory = self.people.all().await?;
        let ids = page_after(cursor, &directory)?;
        let more = ids.len() > PAGE;
        let page = &ids[..ids.len().min(PAGE)];
        let cursor = page.last().filter(|_| more).map(cursor_after);
        let rows = page.iter().filter_map(|id| directory.remove(id));
        Ok(FrameBody::People {
            items: rows.map(entry).collect(),
            cursor,
        })
    }

    pub(super) async fn show_person(&self, employee: &EmployeeId) -> Result<FrameBody, CommandError> {
        let row = self.people.all().await?.remove(employee);
        let row = row.ok_or_else(|| Refusal::not_found(texts::NO_SUCH_PERSON))?;
        Ok(FrameBody::Person { person: entry(row) })
    }

    pub(super) async fn export_people(&self, cursor: Option<&str>) -> Result<FrameBody, CommandError> {
        let directory = self.people.all().await?;
        let ids = page_after(cursor, &directory)?;
        let more = ids.len() > PAGE;
        let page = &ids[..ids.len().min(PAGE)];
        let rows = page.iter().filter_map(|id| directory.get(id));
        Ok(FrameBody::PeopleCsv {
            csv: sheet::write(rows, cursor.is_none())?,
            cursor: page.last().filter(|_| more).map(cursor_after),
        })
    }
}
