// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/journal/journal.h"
#include "agent/journal/sqlite.h"

namespace keyward::journal {

// The right to write the journal at `path`: an exclusive lock on the empty database PATH.lock,
// which the system drops when its holder dies. The journal's own lock would keep readers out too.
Result<Database> OpenWriterLock(const std::string& path, const std::string& vfs);

// The database, checked and with its settings; migrated when it is for writing.
Result<Database> OpenForWriting(const std::string& path, const Journal::Options& options);
Result<Database> OpenForReading(const std::string& path, const Journal::Options& options);

}  // namespace keyward::journal
