// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.QueueConfig;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Runs the methods with {@link SimulatedTest}. */
public final class SimulatedTestExtension implements ParameterResolver, InvocationInterceptor {

  /** Creates the extension, for JUnit. */
  public SimulatedTestExtension() {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Simulation.class;
  }

  /** Returns null: each history gets its own simulation. */
  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return null;
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> called,
      ExtensionContext context) {
    invocation.skip();
    Method method = called.getExecutable();
    SimulatedTest test = method.getAnnotation(SimulatedTest.class);
    Object instance = context.getRequiredTestInstance();
    method.setAccessible(true);
    Run run = Run.of(options(test), sim -> begin(method, instance, sim));
    context.publishReportEntry("histories", Integer.toString(run.played()));
    run.orThrow(method.getDeclaringClass().getSimpleName() + "." + method.getName());
  }

  static SimulationOptions options(SimulatedTest test) {
    SimulationOptions options =
        SimulationOptions.seeds(test.seeds())
            .withFirstSeed(test.firstSeed())
            .withTimeLimit(Duration.ofSeconds(test.maxSeconds()))
            .withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(test.leaseSeconds())));
    return test.repeat().isEmpty() ? options : options.repeating(test.repeat());
  }

  private static void begin(Method method, Object instance, Simulation sim) throws Exception {
    try {
      method.invoke(instance, sim);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      if (e.getCause() instanceof Exception exception) {
        throw exception;
      }
      throw e;
    }
  }
}
