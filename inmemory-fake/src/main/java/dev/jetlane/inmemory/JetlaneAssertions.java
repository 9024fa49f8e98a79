// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.inmemory.TaskSnapshot.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * AssertJ assertions about an {@link InMemoryServer}. A failed assertion prints the history of the
 * task.
 *
 * <pre>{@code
 * assertThat(server).task("thumbs", "bad").isDead().hasReason("corrupt").hasDeliveries(1);
 * assertThat(server).hasTasks("thumbs", "bad").hasNoLeaks();
 * }</pre>
 *
 * <p>Only this class of the module needs {@code assertj-core} on the class path. Its static import
 * is compatible with AssertJ's own.
 *
 * <p>Each assertion reads the current state of the server and does not wait: in a test with
 * workers, call {@link InMemoryServer#awaitWorkers()} first.
 */
public final class JetlaneAssertions {

  private JetlaneAssertions() {}

  /**
   * Starts assertions about a server.
   *
   * @param server the server; with null every assertion fails
   * @return the assertions
   */
  public static ServerAssert assertThat(@Nullable InMemoryServer server) {
    return new ServerAssert(server);
  }

  /** Assertions about the tasks of a server. */
  public static final class ServerAssert extends AbstractAssert<ServerAssert, InMemoryServer> {

    private ServerAssert(@Nullable InMemoryServer server) {
      super(server, ServerAssert.class);
    }

    /**
     * Starts assertions about a task: the newest one with this id.
     *
     * @param partition the name of its partition
     * @param taskId the id that it was pushed with
     * @return the assertions
     */
    public TaskAssert task(String partition, String taskId) {
      isNotNull();
      return new TaskAssert(actual, partition, taskId);
    }

    /**
     * Fails unless a partition stores exactly these tasks, dead ones included, in the order of the
     * pushes.
     *
     * @param partition the name of the partition
     * @param taskIds none for an empty partition
     * @return this
     */
    public ServerAssert hasTasks(String partition, String... taskIds) {
      isNotNull();
      List<String> ids = actual.tasks(partition).stream().map(TaskSnapshot::taskId).toList();
      if (!ids.equals(List.of(taskIds))) {
        failWithMessage(
            "%nExpected partition %s to hold%n  %s%nbut it holds%n  %s%nevents:%s",
            partition, List.of(taskIds), ids, InMemoryServer.lines(actual.events()));
      }
      return this;
    }

    /**
     * Fails if there are leaks, see {@link InMemoryServer#leaks()}.
     *
     * @return this
     */
    public ServerAssert hasNoLeaks() {
      isNotNull();
      actual.assertNoLeaks();
      return this;
    }
  }

  /** Assertions about one task. */
  public static final class TaskAssert extends AbstractAssert<TaskAssert, InMemoryServer> {

    private final String partition;
    private final String taskId;

    private TaskAssert(InMemoryServer server, String partition, String taskId) {
      super(server, TaskAssert.class);
      this.partition = partition;
      this.taskId = taskId;
    }

    /**
     * Fails unless the task is ready: the next pull can return it, unless the partition is paused,
     * holds as many outstanding tasks as it may, or the task has used up its deliveries.
     *
     * @return this
     */
    public TaskAssert isReady() {
      return isIn(State.READY);
    }

    /**
     * Fails unless a puller holds the task under a running lease.
     *
     * @return this
     */
    public TaskAssert isLeased() {
      return isIn(State.LEASED);
    }

    /**
     * Fails unless the task waits for the end of a delay.
     *
     * @return this
     */
    public TaskAssert isDelayed() {
      return isIn(State.DELAYED);
    }

    /**
     * Fails unless the task waits for the end of a delay at this moment.
     *
     * @param until on the clock of the server
     * @return this
     */
    public TaskAssert isDelayedUntil(Instant until) {
      isDelayed();
      TaskSnapshot task = stored();
      if (!until.equals(task.until())) {
        fail("to be delayed until " + until, "is delayed until " + task.until());
      }
      return this;
    }

    /**
     * Fails unless the task is a dead letter.
     *
     * @return this
     */
    public TaskAssert isDead() {
      return isIn(State.DEAD);
    }

    /**
     * Fails if the task is stored: a task that was acked, cancelled or never pushed is gone.
     *
     * @return this
     */
    public TaskAssert isGone() {
      Optional<TaskSnapshot> task = actual.task(partition, taskId);
      if (task.isPresent()) {
        fail("to be gone", "is " + task.get().state());
      }
      return this;
    }

    /**
     * Fails unless the task is a dead letter with this reason.
     *
     * @param part a part of the reason
     * @return this
     */
    public TaskAssert hasReason(String part) {
      String reason = stored().reason();
      if (reason == null || !reason.contains(part)) {
        fail("to be dead because of \"" + part + "\"", "has the reason \"" + reason + "\"");
      }
      return this;
    }

    /**
     * Fails unless the task was delivered this number of times.
     *
     * @param deliveries the number
     * @return this
     */
    public TaskAssert hasDeliveries(int deliveries) {
      int actually = stored().deliveries();
      if (actually != deliveries) {
        fail("to have " + deliveries + " deliveries", "has " + actually);
      }
      return this;
    }

    private TaskAssert isIn(State state) {
      State actually = stored().state();
      if (actually != state) {
        fail("to be " + state, "is " + actually);
      }
      return this;
    }

    private TaskSnapshot stored() {
      isNotNull();
      Optional<TaskSnapshot> task = actual.task(partition, taskId);
      if (task.isEmpty()) {
        fail("to be stored", "is gone, or was never pushed");
      }
      return task.orElseThrow();
    }

    private void fail(String expected, String actually) {
      List<String> history = actual.events(partition, taskId);
      failWithMessage(
          "%nExpected task %s/%s %s%nbut it %s%nhistory:%s",
          partition,
          taskId,
          expected,
          actually,
          history.isEmpty() ? " none" : InMemoryServer.lines(history));
    }
  }
}
