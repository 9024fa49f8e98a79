// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.TaskHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ReflectionUtils;

/** Calls a method with {@link TaskListener} for a delivery. */
final class ListenerMethod implements TaskHandler {

  private final Object bean;
  private final Method method;
  private final List<Type> parameters;
  private final Codec<?> codec;

  /**
   * @throws IllegalStateException if the method has parameters that a delivery cannot fill
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
    codec = values.isEmpty() ? Codec.bytes() : ValueCodec.of(values.get(0), payloads);
    ReflectionUtils.makeAccessible(method);
  }

  /**
   * Fails the start of an application that cannot read its tasks, because each of them would become
   * a dead letter.
   *
   * @throws IllegalStateException if no bean reads the type of the parameter
   */
  void requireCodec() {
    if (codec instanceof ValueCodec values) {
      var unused = values.payloads();
    }
  }

  @Override
  public void handle(Delivery delivery) throws Exception {
    Object value;
    try {
      value = codec.decode(delivery.payload());
    } catch (Exception e) {
      delivery.deadLetter(reason(e));
      return;
    }
    Object[] arguments = new Object[parameters.size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = parameters.get(i) == Delivery.class ? delivery : value;
    }
    try {
      method.invoke(bean, arguments);
    } catch (InvocationTargetException e) {
      ReflectionUtils.rethrowException(e.getTargetException());
    }
  }

  /** Returns a reason of one line that fits into a header. */
  private static String reason(Exception failure) {
    String text =
        "undecodable payload: " + failure.getClass().getSimpleName() + ": " + failure.getMessage();
    String line = text.replaceAll("[^ -~]+", " ").strip();
    return line.substring(0, Math.min(line.length(), 200));
  }

  @Override
  public String toString() {
    return method.getDeclaringClass().getSimpleName() + "." + method.getName();
  }
}
