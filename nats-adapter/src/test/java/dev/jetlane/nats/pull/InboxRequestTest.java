// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.nats.wire.ScriptedConnection;
import io.nats.client.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contents of a request, its reply subject, and the time of an arrival. */
@Timeout(60)
class InboxRequestTest {

  private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.s.p";
  private static final long LEASE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final PullScene scene = new PullScene();
  private final PullInbox inbox = new PullInbox(scene.session, LEASE_NANOS);

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  private String ask() {
    return inbox.request(NEXT, 1, 0, 1_000, false, null);
  }

  private ScriptedConnection.Published last() {
    List<ScriptedConnection.Published> all = scene.server.published();
    return all.get(all.size() - 1);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "1 | 0 | 0 | false | {\"batch\":1}",
        "7 | 1 | 0 | true | {\"batch\":7,\"max_bytes\":1,\"no_wait\":true}",
        "7 | 0 | 1 | true | {\"batch\":7,\"no_wait\":true,\"expires\":1}",
        "7 | 9 | 2000000000 | false | {\"batch\":7,\"max_bytes\":9,\"expires\":2000000000}"
      },
      delimiter = '|')
  void aRequestHasItsLimits(int batch, long bytes, long expires, boolean noWait, String body) {
    String reply = inbox.request(NEXT, batch, bytes, expires, noWait, null);
    assertThat(last()).isEqualTo(new ScriptedConnection.Published(NEXT, reply, null, body));
  }

  /** By its subject a status belongs to a request. */
  @Test
  void eachRequestHasItsOwnReplySubjectOfTheSubscription() {
    String first = ask();
    String second = ask();
    String probe = inbox.probe(NEXT);
    assertThat(last().body()).isEqualTo("{");
    assertThat(List.of(first, second, probe)).doesNotHaveDuplicates();
    String prefix = inbox.subject().substring(0, inbox.subject().length() - 1);
    assertThat(List.of(first, second, probe)).allMatch(reply -> reply.startsWith(prefix));
    inbox.wake(NEXT);
    assertThat(last().replyTo()).startsWith(prefix);
    assertThat(List.of(first, second, probe)).doesNotContain(last().replyTo());
    inbox.drop(message -> {});
    String after = ask();
    assertThat(after).doesNotStartWith(prefix);
    assertThat(inbox.subject()).isNotEqualTo(prefix + "*");
  }

  @Test
  void aRequestThatIsNotSentIsAnError() {
    scene.server.disconnect();
    assertThatThrownBy(this::ask).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void withoutASubscriptionNothingArrivesAndNothingWaits() throws Exception {
    assertThat(inbox.queued()).isZero();
    assertThat(inbox.poll(PullScene.late())).isNull();
    assertThat(PullScene.dropped(inbox)).isEmpty();
    inbox.observe();
    String unused = ask();
    var message = scene.server.bring();
    assertThat(inbox.queued()).isEqualTo(1);
    assertThat(inbox.poll(0)).isSameAs(message);
    assertThat(inbox.queued()).isZero();
    assertThat(PullScene.dropped(inbox)).isEmpty();
    assertThat(inbox.queued()).isZero();
  }

  /** A lease runs from the arrival: a bound that is too late lets a late nak through. */
  @Test
  void aQueuedMessageHasArrivedAfterTheLastLookWithoutIt() throws Exception {
    long before = System.nanoTime();
    String unused = ask();
    long asked = System.nanoTime();
    scene.server.bring();
    inbox.observe();
    assertThat(inbox.poll(0)).isNotNull();
    assertThat(inbox.lastReceivedNanos()).isBetween(before, asked);
    long second = System.nanoTime();
    unused = ask();
    long third = System.nanoTime();
    scene.server.bring();
    scene.server.bring();
    inbox.observe();
    for (int i = 0; i < 2; i++) {
      assertThat(inbox.poll(0)).isNotNull();
      assertThat(inbox.lastReceivedNanos()).as("message %s", i).isBetween(second, third);
    }
  }

  /** A thread that waited may wake late, by the slack at most. */
  @Test
  void aMessageThatAThreadWaitedForArrivedAMomentBefore() throws Exception {
    for (long leaseNanos : new long[] {LEASE_NANOS, TimeUnit.MILLISECONDS.toNanos(100)}) {
      PullInbox waiting = new PullInbox(scene.session, leaseNanos);
      String unused = waiting.request(NEXT, 1, 0, 1_000, false, null);
      long brought = bringAfter(TimeUnit.MILLISECONDS.toNanos(40), waiting);
      long slackNanos = Math.min(TimeUnit.MILLISECONDS.toNanos(20), leaseNanos / 20);
      long nowNanos = System.nanoTime();
      assertThat(nowNanos - waiting.lastReceivedNanos())
          .as("slack of a lease of %s ns", leaseNanos)
          .isBetween(slackNanos, slackNanos + (nowNanos - brought));
      long before = System.nanoTime();
      waiting.observe();
      long unusedTime = bringAfter(0, waiting);
      assertThat(waiting.lastReceivedNanos() - before).as("after the last look").isPositive();
    }
  }

  /** Brings a message during a wait; returns the time at which it came. */
  private long bringAfter(long nanos, PullInbox waiting) throws InterruptedException {
    AtomicLong brought = new AtomicLong();
    scene.server.onWait(
        () -> {
          scene.server.onWait(() -> {});
          long untilNanos = System.nanoTime() + nanos;
          while (System.nanoTime() - untilNanos < 0) {
            Thread.onSpinWait();
          }
          scene.server.bring();
          brought.set(System.nanoTime());
        });
    assertThat(waiting.poll(TimeUnit.SECONDS.toNanos(1))).isNotNull();
    return brought.get();
  }

  @Test
  void anInterruptThatComesDuringADropIsKept() {
    String unused = ask();
    scene.server.onExchange(() -> Thread.currentThread().interrupt());
    List<Message> sent = new ArrayList<>(List.of(scene.server.bring()));
    assertThat(PullScene.dropped(inbox)).isEqualTo(sent);
  }

  /** A bell that stays rings for a request that another pull sends. */
  @Test
  void theBellIsRemovedOnce() {
    List<Message> rung = new ArrayList<>();
    String unused = inbox.request(NEXT, 1, 0, 1_000, false, rung::add);
    inbox.noBell();
    inbox.noBell();
    unused = inbox.request(NEXT, 1, 0, 1_000, false, rung::add);
    assertThat(
            scene.server.calls().stream()
                .filter(call -> call.equals("subscribe " + inbox.subject())))
        .hasSize(2);
  }

  /** The table against a plain list of all looks. */
  @Test
  void theTimesOfArrivalAreThoseOfAPlainList() {
    Random random = new Random(5);
    for (int run = 0; run < 50; run++) {
      long now = 1_000;
      ArrivalTimes times = new ArrivalTimes(now);
      List<long[]> looks = new ArrayList<>();
      looks.add(new long[] {0, now});
      long taken = 0;
      long arrived = 0;
      for (int step = 0; step < 400; step++) {
        now += 1 + random.nextInt(9);
        if (random.nextInt(3) > 0 && arrived - taken < 40) {
          arrived += random.nextInt(3);
          times.observe(arrived - taken, now);
          looks.add(new long[] {arrived, now});
        } else if (arrived > taken) {
          long bound = 0;
          for (long[] look : looks) {
            bound = look[0] <= taken ? look[1] : bound;
          }
          assertThat(times.take()).as("message %s of run %s", taken, run).isEqualTo(bound);
          taken++;
          assertThat(times.taken()).isEqualTo(taken);
        }
      }
    }
  }
}
