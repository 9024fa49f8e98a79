package dev.jetlane.spring;

import dev.jetlane.Delivery;
import dev.jetlane.TaskHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ReflectionUtils;

/** Calls a method with {@link TaskListener} for a delivery. */
final class ListenerMethod implements TaskHandler {

  private final Object bean;
  private final Method method;
  private final Supplier<@Nullable PayloadCodec> codec;

  /**
   * @throws IllegalStateException if the method has parameters that a delivery cannot fill
   */
  ListenerMethod(Object bean, Method method, Supplier<@Nullable PayloadCodec> codec) {
    this.bean = bean;
    this.method = method;
    this.codec = codec;
    int payloads = 0;
    for (Class<?> type : method.getParameterTypes()) {
      payloads += type == Delivery.class ? 0 : 1;
    }
    if (payloads > 1) {
      throw new IllegalStateException(
          method + ": a @TaskListener method has at most one parameter besides the Delivery");
    }
    ReflectionUtils.makeAccessible(method);
  }

  @Override
  public void handle(Delivery delivery) throws Exception {
    Type[] types = method.getGenericParameterTypes();
    Object[] arguments = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      try {
        arguments[i] = types[i] == Delivery.class ? delivery : read(delivery.payload(), types[i]);
      } catch (Exception e) {
        delivery.deadLetter(reason(e));
        return;
      }
    }
    try {
      method.invoke(bean, arguments);
    } catch (InvocationTargetException e) {
      ReflectionUtils.rethrowException(e.getTargetException());
    }
  }

  private Object read(byte[] payload, Type type) throws Exception {
    if (type == byte[].class) {
      return payload;
    } else if (type == String.class) {
      return new String(payload, StandardCharsets.UTF_8);
    }
    PayloadCodec present = codec.get();
    if (present == null) {
      throw new IllegalStateException(
          "decoding " + type.getTypeName() + " needs a PayloadCodec bean or Jackson");
    }
    return present.read(payload, type);
  }

  /** One line that fits into a header. */
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
