// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** The parts of the full run, which can be run one by one. */
enum Section {
  WORKER("workers: what most users call", 2_000, 1_000),
  PULL("pull and ack in batches: the hot path", 2_000, 1_000),
  SINGLE("pull and ack one by one, and acks that are all confirmed", 1_000, 500),
  PUSH("push, pipelined and one by one", 1_000, 700),
  LATENCY("from push to pulled, with a puller waiting", 1_000, 1_000),
  FEATURES(
      "delays, priorities, dead letters and kept leases, each against the plain path",
      1_000,
      1_000),
  CLUSTER("three servers with three copies of each task", 2_000, 1_000),
  PEERS("beside RabbitMQ, Redis and PostgreSQL", 2_000, 1_000),
  UPKEEP("what lease keeper and metrics cost", 2_000, 1_000),
  PULLERS("1 to 8 pullers on one partition", 1_000, 700),
  BACKLOG("1,000 to 1,000,000 tasks behind those that are pulled", 1_000, 700),
  OUTSTANDING("1,000 to 100,000 tasks that others hold", 1_000, 700),
  PAYLOAD("pull and ack with 16 bytes and 1 KiB", 1_000, 700),
  PARTITIONS("1 to 512 partitions, newest server", 1_000, 1_000),
  PARTITIONS_2_10("the same on nats-server 2.10", 1_000, 1_000),
  CAMEL("beside Apache Camel", 1_000, 700),
  FAKE("the in-memory fake", 1_000, 1_000);

  /**
   * Fewer rounds, because one round of 512 partitions on one stream takes as long as ten other
   * rounds.
   */
  private static final int PARTITION_ROUNDS = 5;

  private final String about;
  private final long warmupMillis;
  private final long measuredMillis;

  Section(String about, long warmupMillis, long measuredMillis) {
    this.about = about;
    this.warmupMillis = warmupMillis;
    this.measuredMillis = measuredMillis;
  }

  /** Returns its name on the command line and in file names. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String about() {
    return about;
  }

  static Section of(String label) {
    return Stream.of(values())
        .filter(section -> section.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no section " + label + "; there are " + labels(List.of(values()))));
  }

  static String labels(List<Section> sections) {
    return String.join(",", sections.stream().map(Section::label).toList());
  }

  Pace pace(int rounds) {
    int most = this == PARTITIONS || this == PARTITIONS_2_10 ? PARTITION_ROUNDS : rounds;
    return Pace.rounds(Math.min(rounds, most), warmupMillis, measuredMillis);
  }

  /**
   * Returns the generation of nats-server that it needs; empty for the first server that is found.
   */
  String generation() {
    return this == PARTITIONS_2_10 ? "2.10" : "";
  }

  List<Contest> contests() {
    return switch (this) {
      case PULL -> both(Contests::pull);
      case SINGLE -> {
        List<Contest> contests = new ArrayList<>(both(Contests::singlePull));
        contests.addAll(both(Contests::confirmedPull));
        yield contests;
      }
      case PUSH -> {
        List<Contest> contests = new ArrayList<>(both(Contests::push));
        contests.addAll(both(Contests::singlePush));
        yield contests;
      }
      case LATENCY -> both(Contests::latency);
      case WORKER -> {
        List<Contest> contests =
            new ArrayList<>(
                List.of(
                    Contests.worker(Storage.FILE),
                    Contests.sleepingWorker(Storage.FILE),
                    Contests.busyWorker(Storage.FILE),
                    Contests.idleWorker(Storage.FILE)));
        if (Runtime.version().feature() >= 21) {
          contests.add(Contests.virtualWorker(Storage.FILE));
        }
        yield contests;
      }
      case FEATURES -> Contests.features(Storage.FILE);
      case CLUSTER -> Contests.cluster(Storage.FILE, ServerUnderTest.CLUSTER);
      case PEERS -> Contests.peers();
      case UPKEEP -> List.of(Contests.upkeep(Storage.FILE));
      case PULLERS -> List.of(Contests.sweep(Sweep.PULLERS, Storage.FILE, 1L, 2L, 4L, 8L));
      case BACKLOG ->
          List.of(
              Contests.sweep(Sweep.BACKLOG, Storage.MEMORY, 1_000L, 10_000L, 100_000L, 1_000_000L));
      case OUTSTANDING ->
          List.of(Contests.sweep(Sweep.OUTSTANDING, Storage.MEMORY, 1_000L, 10_000L, 100_000L));
      case PAYLOAD ->
          List.of(Contests.payload(Storage.FILE, 16), Contests.payload(Storage.FILE, 1_024));
      case PARTITIONS, PARTITIONS_2_10 ->
          List.of(Contests.partitions(Storage.MEMORY, 64, 1L, 8L, 64L, 512L));
      case CAMEL -> List.of(Contests.camel(Storage.FILE));
      case FAKE -> List.of(Contests.fake(0L, 10_000L, 900_000L));
    };
  }

  private static List<Contest> both(Function<Storage, Contest> contest) {
    return Stream.of(Storage.values()).map(contest).toList();
  }
}
