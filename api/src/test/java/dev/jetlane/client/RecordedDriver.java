// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.AdminDriver;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DeadLetterDriver;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.QueueDriver;
import dev.jetlane.driver.Urgency;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All interfaces of a driver in one object. Records the calls, with deadlines relative to the
 * clock, and answers as a test sets it. The request timeout is 5 s.
 */
@SuppressWarnings("FutureReturnValueIgnored") // An answer is the value of a call.
final class RecordedDriver implements InvocationHandler {

  /** An answer to a call. */
  interface Answer {
    @Nullable Object to(Object[] arguments) throws Exception;
  }

  static final Duration TIMEOUT = Duration.ofSeconds(5);

  final StandingClock clock;
  final List<String> calls = new ArrayList<>();

  /** The answers, by interface and method, such as {@code PullDriver.pull}. */
  final Map<String, Answer> answers = new HashMap<>();

  /** Makes the delivery of a lease, since a puller was opened. */
  @Nullable Function<Lease, LeasedDelivery> deliveries;

  /** The events of the driver, since the queue was opened. */
  @Nullable DriverEvents events;

  private final PartitionDriver partition = as(PartitionDriver.class);

  RecordedDriver() {
    this(new StandingClock());
  }

  RecordedDriver(StandingClock clock) {
    this.clock = clock;
    answers.put("QueueDriver.openPartition", arguments -> partition);
    answers.put("AdminDriver.partitionAdmin", arguments -> as(PartitionAdminDriver.class));
    answers.put("PartitionDriver.push", arguments -> stored(arguments));
    answers.put("PartitionDriver.openPull", arguments -> as(PullDriver.class));
    answers.put("PullDriver.pull", arguments -> new ArrayList<Delivery>());
  }

  TaskQueue open(QueueConfig config, QueueListener... listeners) {
    return Queues.open(
        config,
        List.of(listeners),
        told -> {
          events = told;
          return (QueueDriver)
              Proxy.newProxyInstance(
                  QueueDriver.class.getClassLoader(),
                  new Class<?>[] {QueueDriver.class, AdminDriver.class},
                  this);
        });
  }

  <T> T as(Class<T> type) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, this));
  }

  void fails(String call, RuntimeException error) {
    answers.put(
        call,
        arguments -> {
          throw error;
        });
  }

  /** A lease of this driver's clock. */
  ScriptedLease lease() {
    return new ScriptedLease(clock, Bench.LEASE);
  }

  ClientDelivery delivery(Lease lease) {
    Function<Lease, LeasedDelivery> made = deliveries;
    if (made == null) {
      throw new AssertionError("no puller was opened");
    }
    return (ClientDelivery) made.apply(lease);
  }

  @SuppressWarnings("unchecked")
  private static DriverFuture<PushReceipt> stored(Object[] arguments) {
    return DriverFuture.done(
        (Completion<? super PushReceipt>) arguments[1],
        new PushReceipt(((Task) arguments[0]).id(), false));
  }

  @Override
  @SuppressWarnings("unchecked")
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] given = arguments == null ? new Object[0] : arguments;
    if (method.getName().equals("clock")) {
      return clock;
    }
    if (method.getName().equals("requestTimeout")) {
      return TIMEOUT;
    }
    if (method.getName().equals("lease")) {
      return Bench.LEASE;
    }
    if (method.getReturnType() == DeadLetterDriver.class) {
      return as(DeadLetterDriver.class);
    }
    if (method.getName().equals("openPull")) {
      deliveries = (Function<Lease, LeasedDelivery>) given[1];
    }
    String name = method.getDeclaringClass().getSimpleName() + "." + method.getName();
    calls.add(name + shown(given));
    Answer answer = answers.get(name);
    return answer == null ? nothing(method.getReturnType()) : answer.to(given);
  }

  private static @Nullable Object nothing(Class<?> type) {
    if (type == boolean.class) {
      return false;
    }
    if (type == long.class) {
      return 0L;
    }
    if (type == Optional.class) {
      return Optional.empty();
    }
    return type == List.class ? List.of() : null;
  }

  private String shown(Object[] arguments) {
    StringBuilder shown = new StringBuilder();
    for (Object each : arguments) {
      if (!(each instanceof Function || each instanceof Completion)) {
        shown.append(' ').append(shown(each));
      }
    }
    return shown.toString();
  }

  private String shown(@Nullable Object argument) {
    if (argument instanceof Long nanos) {
      // The clock of a test is far from zero, so moments and lengths cannot be confused.
      Duration left = Duration.ofNanos(nanos - clock.nanoTime());
      return left.abs().toDays() > 1 ? "for " + Duration.ofNanos(nanos) : "at +" + left;
    }
    if (argument instanceof DeadLetterQuery) {
      return "query";
    }
    if (argument instanceof Task task) {
      return task.id();
    }
    if (argument instanceof List<?> all) {
      return all.stream().map(this::shown).collect(Collectors.joining(",", "[", "]"));
    }
    return argument instanceof Urgency urgency ? urgency.name() : String.valueOf(argument);
  }

  /** Returns the calls since the last call of this method. */
  List<String> taken() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }
}
