// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Records the events of tasks, one line each. */
public final class EventRecorder implements QueueListener {

  /** The time held in events that are not settlements. */
  private static final long NOT_HELD = -1;

  /**
   * One event.
   *
   * @param client the client that reported it
   * @param heldNanos how long the task was held, if it was settled
   */
  public record RecordedEvent(int client, String line, long heldNanos) {

    boolean isSettlement() {
      return heldNanos != NOT_HELD;
    }

    @Override
    public String toString() {
      return "client " + client + " " + line;
    }
  }

  private final int client;
  private final Queue<RecordedEvent> all;

  /** Records the events of this client in a list that is shared with other clients. */
  public EventRecorder(int client, Queue<RecordedEvent> all) {
    this.client = client;
    this.all = all;
  }

  /** Records the events of a single client. */
  public EventRecorder() {
    this(0, new ConcurrentLinkedQueue<>());
  }

  /** Returns the events so far. */
  public List<String> lines() {
    return lines("");
  }

  /** Returns the events so far whose line begins with this text. */
  public List<String> lines(String beginning) {
    return all.stream()
        .map(RecordedEvent::line)
        .filter(line -> line.startsWith(beginning))
        .toList();
  }

  @Override
  public void pushed(QueueEvent.Pushed event) {
    add(EventLine.pushed(event.partition(), event.taskId(), event.duplicate()));
  }

  @Override
  public void pushFailed(QueueEvent.PushFailed event) {
    add(
        EventLine.pushFailed(
            event.partition(), event.taskId(), event.error().getClass().getSimpleName()));
  }

  @Override
  public void pulled(QueueEvent.Pulled event) {
    add(EventLine.pulled(event.partition(), event.tasks()));
  }

  @Override
  public void redelivered(QueueEvent.Redelivered event) {
    add(EventLine.redelivered(EventLine.name(event.delivery())));
  }

  @Override
  public void pullFailed(QueueEvent.PullFailed event) {
    add(EventLine.pullFailed(event.partition(), event.error().getClass().getSimpleName()));
  }

  @Override
  public void acked(QueueEvent.Acked event) {
    add(EventLine.acked(EventLine.name(event.delivery()), event.late()), event.held().toNanos());
  }

  @Override
  public void givenBack(QueueEvent.GivenBack event) {
    add(
        EventLine.givenBack(EventLine.name(event.delivery()), event.delay()),
        event.held().toNanos());
  }

  @Override
  public void extended(QueueEvent.Extended event) {
    add(EventLine.extended(EventLine.name(event.delivery())));
  }

  @Override
  public void deadLettered(QueueEvent.DeadLettered event) {
    add(
        EventLine.deadLettered(EventLine.name(event.delivery()), event.reason()),
        event.held().toNanos());
  }

  @Override
  public void exhausted(QueueEvent.Exhausted event) {
    add(EventLine.exhausted(event.partition(), event.taskId()));
  }

  @Override
  public void leaseLost(QueueEvent.LeaseLost event) {
    add(EventLine.leaseLost(EventLine.name(event.delivery())));
  }

  @Override
  public void settleFailed(QueueEvent.SettleFailed event) {
    add(
        EventLine.settleFailed(
            EventLine.name(event.delivery()), event.error().getClass().getSimpleName()));
  }

  private void add(String line) {
    add(line, NOT_HELD);
  }

  private void add(String line, long heldNanos) {
    all.add(new RecordedEvent(client, line, heldNanos));
  }
}
