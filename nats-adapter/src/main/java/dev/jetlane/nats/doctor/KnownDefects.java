// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import dev.jetlane.nats.doctor.Examination.Level;
import dev.jetlane.nats.doctor.Examination.Report;
import io.nats.client.api.ServerInfo;
import java.util.List;

/** The defects of a version of nats-server that matter to a queue. */
final class KnownDefects {

  private static final String ADVICE = "update to 2.11.16, 2.12.7, 2.14 or later";
  private static final String ADVISORIES =
      "affected by CVE-2026-33222, or by nats-server advisory 2026-16 or 2026-18";

  /**
   * The worst ones first. Those of acks are in {@code processAckMsg} of {@code server/consumer.go}:
   * measured on 2.10.18 and 2.10.25, fixed by nats-server commit 66cfd5004; nats-server pull
   * request 5419; nats-server commit 926b4420d. That of pulls is in {@code loopAndGatherMsgs}:
   * observed on 2.10.7, fixed by nats-server pull request 5305 and commit 5c1acc7bf. Versions that
   * were maintained in parallel have their own fix release.
   */
  private static final List<Defect> ALL =
      List.of(
          new Defect(
              "2.0.0",
              "2.10.0",
              Level.PROBLEM,
              "after a kill it forgets confirmed acks and redelivers their tasks"),
          new Defect(
              "2.10.17",
              "2.10.26",
              Level.PROBLEM,
              "after a kill, the ack of a delivery that it has forgotten makes it skip older tasks:"
                  + " they are not delivered until their consumer is created again"),
          new Defect(
              "2.0.0",
              "2.10.16",
              Level.PROBLEM,
              "when a task becomes due again as a pull ends or a puller with prefetch closes, it"
                  + " can deliver an outstanding task to a second worker, and the due task a lease"
                  + " later"),
          new Defect(
              "2.0.0",
              "2.10.16",
              Level.WARNING,
              "with replicas it confirms an ack before the other servers have it: after a change"
                  + " of leader it can redeliver the task"),
          new Defect(
              "2.10.16",
              "2.10.19",
              Level.WARNING,
              "it confirms an ack before it removes the task: a full partition can refuse the next"
                  + " push"),
          new Defect("2.10.0", "2.11.16", Level.WARNING, ADVISORIES),
          new Defect("2.12.0", "2.12.7", Level.WARNING, ADVISORIES));

  private KnownDefects() {}

  static void report(ServerInfo server, Report report) {
    String seen = "nats-server " + server.getVersion() + ", " + server.getServerName();
    List<Defect> found = ALL.stream().filter(defect -> defect.affects(server)).toList();
    for (Defect defect : found) {
      report.add(defect.level, "server", seen + ": " + defect.effect, ADVICE);
    }
    if (found.isEmpty()) {
      report.add(Level.OK, "server", seen, "");
    }
  }

  /**
   * A defect.
   *
   * @param since the first version with it
   * @param fixed the first version without it
   * @param effect the effect on a user
   */
  private record Defect(String since, String fixed, Level level, String effect) {

    boolean affects(ServerInfo server) {
      return server.isSameOrNewerThanVersion(since) && !server.isSameOrNewerThanVersion(fixed);
    }
  }
}
