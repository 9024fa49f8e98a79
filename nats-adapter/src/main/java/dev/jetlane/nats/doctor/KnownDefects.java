// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import dev.jetlane.nats.doctor.Examination.Level;
import dev.jetlane.nats.doctor.Examination.Report;
import io.nats.client.api.ServerInfo;

/** The defects of a version of nats-server that matter to a queue. */
final class KnownDefects {

  private static final String ADVICE = "update to 2.11.16, 2.12.7, 2.14 or later";

  private KnownDefects() {}

  static void report(ServerInfo server, Report report) {
    String seen = "nats-server " + server.getVersion() + ", " + server.getServerName();
    if (!server.isSameOrNewerThanVersion("2.10.0")) {
      report.add(
          Level.PROBLEM,
          "server",
          seen + ": after a kill it forgets confirmed acks and redelivers their tasks",
          ADVICE);
    } else if (isOlderThanFixes(server)) {
      report.add(
          Level.WARNING,
          "server",
          seen + ": affected by CVE-2026-33222, or by nats-server advisory 2026-16 or 2026-18",
          ADVICE);
    } else {
      report.add(Level.OK, "server", seen, "");
    }
  }

  /**
   * Whether the server lacks the fixes. Each line of versions that was maintained in parallel has
   * its own fix release.
   */
  private static boolean isOlderThanFixes(ServerInfo server) {
    String fix = server.isSameOrNewerThanVersion("2.12.0") ? "2.12.7" : "2.11.16";
    return !server.isSameOrNewerThanVersion(fix);
  }
}
