// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.inmemory.ScriptedFaults.Kind;
import dev.jetlane.inmemory.model.MemoryLoss;
import dev.jetlane.inmemory.model.Mishaps;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.stage.Chance;
import dev.jetlane.inmemory.time.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The faults of an {@link InMemoryServer}, on demand.
 *
 * <pre>{@code
 * faults.loseNextConfirmation(Faults.Call.ACK); // the task is removed without a confirmation
 * faults.disconnect(); // until faults.reconnect()
 * faults.randomly(20, seed); // one in 20 of every fault
 * }</pre>
 *
 * <p>A fault affects all clients of the server. A client does not retry a call with a fault. Faults
 * of the next call add up: two of them affect the next two calls.
 *
 * <p>This class is thread-safe.
 */
public final class Faults {

  /** A call that can fail. */
  public enum Call {
    /** {@code push}, {@code pushAsync}, and each task of {@code pushAll}. */
    PUSH,
    /** {@code ack} and {@code ackAsync}. */
    ACK,
    /** {@code nak}, with and without delay. */
    NAK,
    /** {@code extend}. */
    EXTEND,
    /** {@code deadLetter}, both of its steps. */
    DEAD_LETTER,
    /**
     * The first step of {@code deadLetter}, after which both the letter and the task are stored.
     * Only its confirmation can be lost, see {@link #loseNextConfirmation}.
     */
    STORE_LETTER,
    /**
     * {@code cancel}. If its confirmation is lost, the task is not delivered, but counts as delayed
     * until it is due or cancelled again. Otherwise a task that is due after the dedup window is
     * delivered.
     */
    CANCEL,
    /** {@code redrive}, both of its steps. */
    REDRIVE,
    /** The first step of {@code redrive}, as {@link #STORE_LETTER} is of {@code deadLetter}. */
    STORE_REDRIVEN
  }

  private static final String NO_ANSWER = ": no answer within the request timeout";

  final ServerState server;

  /** How long exchanges take. */
  final Latency latency = new Latency();

  /** The connected clients. */
  final List<Connection> clients = new ArrayList<>();

  private final Time time;
  private final ScriptedFaults scripted = new ScriptedFaults();
  private int duplicates;
  private boolean disconnected;
  private boolean full;
  private long slowNanos;
  private @Nullable Chance chance;

  /** Whether any fault is active: the only check on the hot path. */
  private boolean active;

  Faults(Time time) {
    this.time = time;
    server = new ServerState(time.start(), new Inside());
  }

  /**
   * Refuses the next such call: it has no effect and ends with {@link QueueUnavailableException}.
   *
   * @param call the kind of call
   */
  public void refuseNext(Call call) {
    script(Kind.REFUSED, call);
  }

  /**
   * Loses the next such call: it has no effect and ends with {@link OutcomeUnknownException}.
   *
   * @param call the kind of call
   */
  public void loseNext(Call call) {
    script(Kind.LOST, call);
  }

  /**
   * Loses the confirmation of the next such call, which takes effect: it ends with {@link
   * OutcomeUnknownException}.
   *
   * @param call the kind of call
   */
  public void loseNextConfirmation(Call call) {
    script(Kind.UNCONFIRMED, call);
  }

  /**
   * Returns how many of the planned faults of calls have happened. A duplicated delivery is none.
   *
   * @return the number since the server was created, without random faults
   */
  public int happened() {
    time.enter();
    try {
      return scripted.happened();
    } finally {
      time.unlock();
    }
  }

  /**
   * Delivers the next delivered task again to the next pull, although its lease has not expired,
   * with the attempt one higher. Servers do this after a crash, and after a repeated nak.
   */
  public void duplicateNextDelivery() {
    change(() -> duplicates++);
  }

  /**
   * Makes every partition refuse new tasks with {@link QueueFullException}, or ends that.
   *
   * @param value whether tasks are refused
   */
  public void full(boolean value) {
    change(() -> full = value);
  }

  /**
   * Delays deliveries: this much of their lease has passed when {@code pull} returns them. If it is
   * the whole lease, each delivery has expired when it arrives: a puller with prefetch uses up all
   * attempts of a task while no time passes.
   *
   * @param time the delay; zero, the default, for none
   * @throws InvalidInputException if the time is negative or null
   */
  public void slowPulls(Duration time) {
    long nanos = checkNotNegative("time of an exchange", time);
    change(() -> slowNanos = nanos);
  }

  /**
   * Delays each exchange with the server; a call takes as long as its exchanges together. Some
   * calls have several: opening a partition, {@code stats}, a delayed push with {@code maxTasks},
   * {@code cancel}, {@code deadLetter}, {@code redrive}, the calls of {@code admin()}, and with
   * priorities {@code puller} and {@code oldestAge}. A call ends after 5 s, the request timeout of
   * this queue, at the latest: with {@link QueueUnavailableException} if it has changed nothing,
   * otherwise with {@link OutcomeUnknownException}. The calling thread moves a manual clock by the
   * duration of its call; with the system clock it sleeps. Pulls are not delayed (see {@link
   * #slowPulls}), nor are events while a clock moves.
   *
   * @param time the duration; zero, the default, for none
   * @throws InvalidInputException if the time is negative or null
   */
  public void slowExchanges(Duration time) {
    long nanos = checkNotNegative("time of an exchange", time);
    change(() -> latency.slow(nanos));
  }

  /**
   * Cuts the connection: until {@link #reconnect} every call and every waiting pull ends with
   * {@link QueueUnavailableException}. Leases continue to run. A second call does nothing.
   */
  public void disconnect() {
    change(
        () -> {
          if (!disconnected) {
            disconnected = true;
            log("disconnected");
            server.failPulls("fault: disconnected");
            tell(DriverEvents::connectionLost);
          }
        });
  }

  /** Restores the connection. Does nothing if it was not cut. */
  public void reconnect() {
    change(this::restoreConnection);
  }

  private void restoreConnection() {
    if (disconnected) {
      disconnected = false;
      log("reconnected");
      tell(DriverEvents::connectionRestored);
    }
  }

  /**
   * Restarts the server cleanly. Like every nats-server it forgets the ids of settled tasks, which
   * can then be stored again within the dedup window. A lease that was not extended then counts
   * from the storage of its task, and fractions of seconds are cut off. Clients reconnect.
   */
  public void restart() {
    change(() -> restart(0, MemoryLoss.Settled.KEPT));
  }

  /**
   * Kills the server and starts it again: like {@link #restart}, but it also forgets its latest
   * deliveries, so that these tasks seem never delivered. A nats-server (2.9 to 2.15) stores a
   * delivery within 250 ms.
   *
   * @param unwritten the time before the crash whose deliveries are forgotten
   * @throws InvalidInputException if the time is negative or null
   */
  public void crash(Duration unwritten) {
    long nanos = checkNotNegative("unwritten time", unwritten);
    change(() -> restart(nanos, MemoryLoss.Settled.KEPT));
  }

  /**
   * As {@link #crash}, and tasks whose ack was confirmed in that time are delivered again, as on
   * nats-server 2.9. Only acks that {@link InMemoryServer#events} still shows can be lost.
   *
   * @param unwritten the time before the crash whose changes are lost
   * @throws InvalidInputException if the time is negative or null
   */
  public void crashLosingAcks(Duration unwritten) {
    long nanos = checkNotNegative("unwritten time", unwritten);
    change(() -> restart(nanos, MemoryLoss.Settled.FORGOTTEN));
  }

  /**
   * As {@link #crash}, and tasks whose ack was confirmed in that time are stored again, although
   * they are known as settled: observed on nats-server 2.15 after a hundred kills. They are not
   * delivered, but they count as ready and against {@link dev.jetlane.QueueConfig#maxTasks}. A
   * consumer that is deleted and created again delivers them once more. As in {@link
   * #crashLosingAcks}, only acks among the shown events are affected.
   *
   * @param unwritten the time before the crash whose changes are lost
   * @throws InvalidInputException if the time is negative or null
   */
  public void crashStoringAgain(Duration unwritten) {
    long nanos = checkNotNegative("unwritten time", unwritten);
    change(() -> restart(nanos, MemoryLoss.Settled.STORED_AGAIN));
  }

  /**
   * Deletes the consumer of a partition, as an administrator can: waiting pulls and the next call
   * that pulls, settles or counts end with {@link QueueUnavailableException}. That call also
   * creates the consumer again. No task is lost, but the attempts of all tasks restart at 1.
   *
   * @param partition the name of the partition
   * @throws InvalidInputException if there is no such partition
   */
  public void deleteConsumer(String partition) {
    change(() -> new MemoryLoss(server.require(partition)).deleteConsumer(time.nanos()));
  }

  /**
   * Starts random faults. Each fault that applies to a call happens to one in {@code chances}
   * calls: refused, lost, confirmation lost, full, delivered twice, slow, disconnected for this
   * call, and the server restarted before it; but not {@link #deleteConsumer}, which needs a
   * repair. The same calls in the same order have the same faults.
   *
   * @param chances one in how many calls; at least 2
   * @param seed any
   * @throws InvalidInputException if {@code chances} is out of its range
   */
  public void randomly(int chances, long seed) {
    if (chances < 2) {
      throw new InvalidInputException("one in", chances, "must be at least 2");
    }
    Random random = new Random(seed);
    decide(fault -> random.nextInt(chances) == 0);
  }

  /** Lets a simulation decide which faults happen. */
  void decide(Chance decision) {
    change(() -> chance = decision);
  }

  /** Ends all faults, including planned ones that have not happened yet. */
  public void clear() {
    change(
        () -> {
          scripted.clear();
          duplicates = 0;
          restoreConnection();
          full = false;
          slowNanos = 0;
          latency.slow(0);
          chance = null;
        });
  }

  /**
   * Called when a request reaches the server, before it takes effect. Throws if a fault hits it.
   * The caller holds the lock.
   *
   * @param mayRestart whether a fault may restart the server now
   */
  void arrive(Operation operation, boolean mayRestart) {
    if (!active) {
      return;
    }
    requireConnected();
    if (operation == Operation.PULL) {
      maybeRestart(true);
      if (roll(Chance.DISCONNECTED)) {
        log("disconnected for one pull");
        throw new QueueUnavailableException("fault: disconnected", null);
      }
    } else if (operation.call != null) {
      maybeRestart(mayRestart);
      refuseOrLose(operation.call);
    }
    look(operation);
  }

  /** Performs the exchanges that precede the one with the effect. */
  private void look(Operation operation) {
    for (int i = 0; i < operation.looks; i++) {
      if (!latency.isAnswered()) {
        throw new QueueUnavailableException(operation + NO_ANSWER, null);
      }
    }
  }

  private void refuseOrLose(Call call) {
    if (happens(Kind.REFUSED, call)) {
      throw new QueueUnavailableException("fault: " + call + " refused", null);
    }
    if (happens(Kind.LOST, call)) {
      throw new OutcomeUnknownException("fault: " + call + " lost", null);
    }
  }

  /**
   * Called when a call took effect. Throws if its confirmation is lost. The caller holds the lock.
   */
  void confirm(Operation operation) {
    Call call = operation.call;
    if (active && call != null && happens(Kind.UNCONFIRMED, call)) {
      throw new OutcomeUnknownException("fault: confirmation of " + call + " lost", null);
    }
    if (operation != Operation.PULL) {
      confirmMore(operation, 1);
    }
  }

  /**
   * Further exchanges of a call that took effect, such as one for each priority. The caller holds
   * the lock.
   */
  void confirmMore(Operation operation, int exchanges) {
    for (int i = 0; i < exchanges; i++) {
      if (active && !latency.isAnswered()) {
        throw operation.changes
            ? new OutcomeUnknownException(operation + NO_ANSWER, null)
            : new QueueUnavailableException(operation + NO_ANSWER, null);
      }
    }
  }

  /**
   * Called between the two steps of a call. Throws if the confirmation of the first is lost. The
   * caller holds the lock.
   */
  void confirmStep(Call step) {
    if (active && scripted.take(Kind.UNCONFIRMED, step)) {
      log(step + " " + Kind.UNCONFIRMED.text);
      throw new OutcomeUnknownException("fault: confirmation of " + step + " lost", null);
    }
    if (active && !latency.isAnswered()) {
      throw new OutcomeUnknownException(step + NO_ANSWER, null);
    }
  }

  private void requireConnected() {
    if (disconnected) {
      throw new QueueUnavailableException("fault: disconnected", null);
    }
  }

  boolean isDisconnected() {
    return disconnected;
  }

  /** Returns the scripted faults that did not happen. The caller holds the lock. */
  List<String> pending() {
    List<String> pending = scripted.pending();
    if (duplicates > 0) {
      pending.add("fault that never happened: delivery duplicated");
    }
    return pending;
  }

  private void restart(long unwrittenNanos, MemoryLoss.Settled settled) {
    server.restart(unwrittenNanos, settled, time.nanos());
  }

  private void maybeRestart(boolean possible) {
    if (possible && roll(Chance.RESTARTED)) {
      restart(0, MemoryLoss.Settled.KEPT);
    }
  }

  private boolean happens(Kind kind, Call call) {
    boolean happens = scripted.take(kind, call) || roll(kind.text);
    if (happens) {
      log(call + " " + kind.text);
    }
    return happens;
  }

  private boolean roll(String fault) {
    return chance != null && chance.happens(fault);
  }

  private void log(String what) {
    server.log.add(time.nanos(), null, "fault: " + what);
  }

  private void tell(Consumer<DriverEvents> event) {
    for (Connection client : clients) {
      client.react(() -> event.accept(client.events));
    }
  }

  private void script(Kind kind, Call call) {
    if (call == null) {
      throw new InvalidInputException("call", null, "must not be null");
    }
    change(() -> scripted.add(kind, call));
  }

  private void change(Runnable change) {
    time.enter();
    try {
      change.run();
      active = !pending().isEmpty() || disconnected || full || latency.isSlow() || chance != null;
    } finally {
      time.unlock();
    }
  }

  private static long checkNotNegative(String what, @Nullable Duration time) {
    if (time == null || time.isNegative() || time.compareTo(ManualClock.LONGEST) > 0) {
      throw new InvalidInputException(what, time, "must be from PT0S to " + ManualClock.LONGEST);
    }
    return time.toNanos();
  }

  /** The faults inside the server. */
  private final class Inside implements Mishaps {

    @Override
    public boolean refusesToStore(String partition) {
      if (active && (full || roll(Chance.FULL))) {
        log("partition " + partition + " full");
        return true;
      }
      return false;
    }

    @Override
    public long nanosOnTheWay(long leaseNanos) {
      if (active && roll(Chance.SLOW)) {
        log("delivery slow");
        return leaseNanos / 2;
      }
      return slowNanos;
    }

    @Override
    public boolean deliversTwice() {
      if (active && duplicates > 0) {
        duplicates--;
        return true;
      }
      return active && roll(Chance.DUPLICATED);
    }
  }
}
