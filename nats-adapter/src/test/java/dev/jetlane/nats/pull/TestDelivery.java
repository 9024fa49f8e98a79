// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A delivery whose lease expires when the test says so. */
final class TestDelivery implements InvocationHandler {

  final Lease lease;
  final AtomicInteger dropped = new AtomicInteger();
  volatile boolean expired;
  final LeasedDelivery delivery =
      (LeasedDelivery)
          Proxy.newProxyInstance(
              LeasedDelivery.class.getClassLoader(), new Class<?>[] {LeasedDelivery.class}, this);

  TestDelivery(Lease lease) {
    this.lease = lease;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "lease" -> lease;
      case "payload" -> lease.payload();
      case "taskId" -> lease.taskId();
      case "attempt" -> lease.attempt();
      case "leaseExpired" -> expired;
      case "dropped" -> dropped.incrementAndGet() == 0 ? proxy : null;
      case "equals" -> arguments != null && proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> "delivery of " + lease.taskId();
      default -> throw new UnsupportedOperationException(method.getName());
    };
  }
}
