// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which of several waiting requests gets which tasks. */
class WaitingPullsTest implements WaitingPulls.Source, Holder {

  private final Deque<StoredTask> tasks = new ArrayDeque<>();
  private final WaitingPulls pulls = new WaitingPulls(this);
  private final PriorityTurns turns = new PriorityTurns(QueueConfig.defaults());
  private long sequence;

  @Override
  public @Nullable StoredTask next(long now, Holder holder) {
    return tasks.peekFirst();
  }

  @Override
  public Attempt take(StoredTask task, long now, Holder holder) {
    assertThat(tasks.removeFirst()).isSameAs(task);
    return new Attempt(task, holder.name());
  }

  @Override
  public String name() {
    return "client";
  }

  @Override
  public PriorityTurns turns() {
    return turns;
  }

  @Override
  public int maxDeliveries() {
    return 5;
  }

  @Override
  public void exhausted(StoredTask task) {}

  private final class Request extends PullRequest {

    final List<String> got = new ArrayList<>();
    int ends;

    Request(int max, long maxBytes, long deadlineNanos, boolean standing) {
      super(WaitingPullsTest.this, max, maxBytes, deadlineNanos, standing);
    }

    @Override
    protected void served(Attempt attempt) {
      got.add(attempt.task.id());
    }

    @Override
    protected void ended() {
      ends++;
    }

    void leaves() {
      left();
    }
  }

  private Request pull(int max, long maxBytes) {
    Request request = new Request(max, maxBytes, Timed.NEVER, false);
    pulls.add(request, 0);
    return request;
  }

  private Request standing(int max) {
    Request request = new Request(max, Long.MAX_VALUE, Timed.NEVER, true);
    pulls.add(request, 0);
    return request;
  }

  /** Makes tasks available together, each with an id and a payload size. */
  private void available(String... all) {
    for (String each : all) {
      String[] parts = each.split(":", 2);
      byte[] payload = new byte[parts.length == 1 ? 1 : Integer.parseInt(parts[1])];
      tasks.add(new StoredTask(++sequence, Task.of(parts[0], payload), 0));
    }
    pulls.serve(0);
  }

  /**
   * A pull without room for the next task loses its turn, and the count of refusals begins again.
   */
  @Test
  void aPullWithRoomGetsEachTaskThatTheOtherOneHasNoRoomFor() {
    Request small = pull(10, 100);
    Request large = pull(10, 1_000);

    available("a:60", "b:1", "c:60", "d:60", "e:60");

    assertThat(small.got).containsExactly("a");
    assertThat(large.got).containsExactly("b", "c", "d", "e");
    assertThat(pulls.waiting()).isZero();
  }

  @Test
  void aTaskThatNoneHasRoomForStays() {
    Request one = pull(10, 100);
    Request two = pull(10, 100);

    available("a:60", "b:60", "c:60");

    assertThat(one.got).containsExactly("a");
    assertThat(two.got).containsExactly("b");
    assertThat(tasks).extracting(StoredTask::id).containsExactly("c");
  }

  @Test
  void aLimitInBytesIsExact() {
    Request exact = pull(10, 100);
    available("a:60", "b:40", "c:1");
    assertThat(exact.got).containsExactly("a", "b");
    tasks.clear();

    Request over = pull(10, 100);
    available("d:60", "e:41");
    assertThat(over.got).containsExactly("d");
  }

  @Test
  void aFullPullEndsOnceAndOthersGetTheRest() {
    Request one = pull(1, 1_000);
    Request two = pull(2, 1_000);

    available("a", "b", "c", "d");

    assertThat(one.got).containsExactly("a");
    assertThat(two.got).containsExactly("b", "c");
    assertThat(one.ends).isEqualTo(1);
    assertThat(two.ends).isEqualTo(1);
    assertThat(tasks).hasSize(1);
  }

  @Test
  void aStandingRequestStaysUntilItIsFull() {
    Request buffer = standing(2);
    available("a");
    assertThat(buffer.ends).isZero();
    assertThat(pulls.waiting()).isEqualTo(1);
    available("b", "c");
    assertThat(buffer.got).containsExactly("a", "b");
    assertThat(buffer.ends).isEqualTo(1);
    assertThat(pulls.waiting()).isZero();

    buffer.leaves();
    pulls.add(buffer, 0);
    assertThat(buffer.got).containsExactly("a", "b", "c");
  }

  @Test
  void standingRequestsAreWaitingButNotBlocked() {
    standing(1);
    pull(1, 1);
    pull(1, 1);
    assertThat(pulls.waiting()).isEqualTo(3);
    assertThat(pulls.blocked()).isEqualTo(2);
  }

  @Test
  void waitsEndAtTheirInstantsInTheirOrder() {
    Request late = new Request(1, 1, 20, false);
    Request soon = new Request(1, 1, 10, false);
    Request buffer = standing(1);
    pulls.add(late, 0);
    pulls.add(soon, 0);
    assertThat(pulls.firstNanos()).isEqualTo(10);

    pulls.endThoseDue(9);
    assertThat(soon.ends).isZero();
    pulls.endThoseDue(10);
    assertThat(soon.ends).isEqualTo(1);
    assertThat(late.ends).isZero();
    assertThat(pulls.firstNanos()).isEqualTo(20);
    pulls.endThoseDue(20);
    assertThat(late.ends).isEqualTo(1);
    assertThat(soon.ends).isEqualTo(1);
    assertThat(pulls.firstNanos()).isEqualTo(Timed.NEVER);
    assertThat(buffer.ends).isZero();
  }

  @Test
  void aWithdrawnRequestGetsNothingAndDoesNotEnd() {
    Request withdrawn = pull(1, 1);
    Request other = pull(1, 1);
    pulls.withdraw(withdrawn);
    pulls.withdraw(withdrawn);

    available("a");

    assertThat(withdrawn.got).isEmpty();
    assertThat(withdrawn.ends).isZero();
    assertThat(other.got).containsExactly("a");
  }

  @Test
  void afterAFailureNoRequestWaits() {
    Request pull = pull(1, 1);
    Request buffer = standing(1);

    pulls.fail("cut");

    assertThat(pulls.waiting()).isZero();
    assertThat(pull.failure()).isEqualTo("cut");
    assertThat(pull.hasEnded()).isTrue();
    available("a");
    assertThat(pull.got).isEmpty();
    assertThat(buffer.got).isEmpty();
    assertThat(pull.ends).isEqualTo(1);
  }
}
