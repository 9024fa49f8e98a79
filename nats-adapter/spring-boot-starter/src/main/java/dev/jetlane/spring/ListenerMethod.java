// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import static java.util.Objects.requireNonNull;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.TypedPartition;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ReflectionUtils;

/** A method with {@link TaskListener}, the handler of a worker. */
final class ListenerMethod {

  private final Object bean;
  private final Method method;
  private final List<Type> parameters;
  private final Codec<?> codec;
  private final boolean asynchronous;

  /**
   * @throws IllegalStateException if the method has parameters that a delivery cannot fill, or a
   *     result that would be lost
   */
  ListenerMethod(Object bean, Method method, Supplier<@Nullable PayloadCodec> payloads) {
    this.bean = bean;
    this.method = method;
    parameters = List.of(method.getGenericParameterTypes());
    List<Type> values = parameters.stream().filter(type -> type != Delivery.class).toList();
    if (values.size() > 1) {
      throw new IllegalStateException(
          method + ": a @TaskListener method has at most one parameter besides the Delivery");
    }
    asynchronous = CompletionStage.class.isAssignableFrom(method.getReturnType());
    if (!asynchronous && method.getReturnType() != void.class) {
      throw new IllegalStateException(
          method + ": a @TaskListener method returns void or a CompletionStage");
    }
    codec = values.isEmpty() ? Codec.bytes() : ValueCodec.of(values.get(0), payloads);
    ReflectionUtils.makeAccessible(method);
  }

  /**
   * Starts a worker whose handler is this method.
   *
   * @throws IllegalStateException if no bean reads the type of the parameter: each task would
   *     become a dead letter
   */
  Worker work(Partition partition, WorkerOptions options) {
    if (codec instanceof ValueCodec values) {
      var unused = values.payloads();
    }
    return work(partition.typed(codec), options);
  }

  private <T> Worker work(TypedPartition<T> partition, WorkerOptions options) {
    if (asynchronous) {
      return partition.workAsync(
          (value, delivery) ->
              (CompletionStage<?>) requireNonNull(call(value, delivery), this + " returned null"),
          options);
    }
    return partition.work(
        (value, delivery) -> {
          var unused = call(value, delivery);
        },
        options);
  }

  private @Nullable Object call(Object value, Delivery delivery) throws Exception {
    Object[] arguments = new Object[parameters.size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = parameters.get(i) == Delivery.class ? delivery : value;
    }
    try {
      return method.invoke(bean, arguments);
    } catch (InvocationTargetException e) {
      ReflectionUtils.rethrowException(e.getTargetException());
      throw e;
    }
  }

  @Override
  public String toString() {
    return method.getDeclaringClass().getSimpleName() + "." + method.getName();
  }
}
