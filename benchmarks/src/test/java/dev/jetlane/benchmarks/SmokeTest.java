// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Every rival handles some tasks, so that the benchmarks keep working. The numbers mean nothing.
 */
class SmokeTest {

  private static ServerUnderTest server;

  @BeforeAll
  static void findServer() {
    server = ServerUnderTest.find();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  /**
   * Also tries the peers that {@code .ci/setup --peers} unpacked. Their start takes longer than
   * everything else.
   */
  static List<Contest> contests() {
    List<Contest> contests = new ArrayList<>(ofTheQueue());
    for (Contest peers : Contests.peers()) {
      contests.add(Files.isDirectory(PeerFiles.find().unpacked()) ? peers : alone(peers));
    }
    return contests;
  }

  private static Contest alone(Contest peers) {
    System.out.println("THE QUEUE ALONE, .ci/setup --peers brings the others: " + peers.title());
    return peers.with(List.of(PeerRival.JETLANE.entry()));
  }

  private static List<Contest> ofTheQueue() {
    return List.of(
        Contests.pull(Storage.FILE),
        Contests.singlePull(Storage.MEMORY),
        Contests.confirmedPull(Storage.MEMORY),
        Contests.push(Storage.MEMORY),
        Contests.singlePush(Storage.FILE),
        Contests.latency(Storage.MEMORY),
        Contests.sweep(Sweep.PULLERS, Storage.MEMORY, 3L),
        Contests.sweep(Sweep.BACKLOG, Storage.MEMORY, 500L),
        Contests.sweep(Sweep.OUTSTANDING, Storage.MEMORY, 500L),
        Contests.partitions(Storage.MEMORY, 2, 5L),
        Contests.upkeep(Storage.MEMORY),
        Contests.worker(Storage.MEMORY).calling("pullAckFew"),
        Contests.sleepingWorker(Storage.MEMORY).calling("pullAckFew"),
        Contests.idleWorker(Storage.MEMORY),
        Contests.idlePriorities(Storage.MEMORY),
        Contests.feature("Features", Storage.MEMORY, FeatureRival.values()).calling("featureFew"),
        Contests.cluster(Storage.MEMORY, 1).get(0));
  }

  private static Rounds rounds(int count) {
    return new Rounds(
        Pace.rounds(count, 0, 1),
        List.of(),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("contests")
  void everyRivalLeavesTheExpectedStream(Contest contest) {
    requireServer(contest);

    Standings standings = rounds(1).run(contest);

    assertThat(standings.failures()).isEmpty();
    assertThat(standings.measurements())
        .hasSameSizeAs(contest.entries())
        .allSatisfy(m -> assertThat(m.values().get(contest.primary())).isPositive());
    requireNoClient();
  }

  /** A client that is still open would create the partitions of the next rival. */
  private static void requireNoClient() {
    long start = System.nanoTime();
    List<String> threads = threadsOfClients();
    while (!threads.isEmpty() && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30)) {
      LockSupport.parkNanos(1_000_000);
      threads = threadsOfClients();
    }
    assertThat(threads).as("threads of open clients").isEmpty();
  }

  private static List<String> threadsOfClients() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("jetlane-nats-"))
        .toList();
  }

  /** More than the server accepts: the streams cannot be filled, and the client stays open. */
  @Test
  void aFailedRivalIsReportedAndDoesNotStopOthers() {
    Entry bad = PullRival.JNATS_CONSUME.entry().with("too large", "payloadBytes", "3000000");
    Entry good = PullRival.JNATS_CONSUME.entry();
    Contest contest = Contests.singlePull(Storage.MEMORY).with(List.of(bad, good)).against(good);
    requireServer(contest);

    Standings standings = rounds(3).run(contest);

    assertThat(standings.failures()).containsOnlyKeys(bad.name());
    assertThat(standings.failures().get(bad.name())).contains("in round 1", "in round 2");
    assertThat(standings.failuresOf(bad)).isEqualTo(2);
    assertThat(standings.measurements()).hasSize(3);
  }

  private static void requireServer(Contest contest) {
    if (Boolean.getBoolean(ServerUnderTest.FAKE_ONLY_PROPERTY)) {
      String skipped = "FAKE ONLY: the benchmarks on a server are not tried: " + contest.title();
      System.out.println(skipped);
      Assumptions.abort(skipped);
    }
    assertThat(server.isThere()).as(server.description()).isTrue();
  }

  @Test
  void theFakeLosesNothing() throws Exception {
    assertThat(
            new Runner(
                    new OptionsBuilder()
                        .include(FakeBenchmark.class.getName())
                        .param("outstanding", "1000")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(50))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run())
        .hasSize(1);
  }
}
