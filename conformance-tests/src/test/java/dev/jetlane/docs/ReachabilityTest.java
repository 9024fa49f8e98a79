// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.AccessTarget.MethodCallTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The metadata for native images: a search of the class files finds the uses of reflection, and
 * each has its entries in {@code META-INF/native-image}.
 */
class ReachabilityTest {

  private static final List<Path> METADATA =
      List.of(Path.of("api", "jetlane-api"), Path.of("nats-adapter", "jetlane-nats"));

  private static final ImportOption MAIN =
      location -> !location.matches(Pattern.compile(".*(/test-classes/|-test/|-tests\\.jar).*"));

  @Test
  void eachUseOfReflectionIsKnown() {
    JavaClasses ours =
        new ClassFileImporter()
            .withImportOption(MAIN)
            .importPackages(
                "dev.jetlane.client",
                "dev.jetlane.driver",
                "dev.jetlane.nats",
                "dev.jetlane.jackson");
    assertThat(reflection(ours))
        .containsExactlyInAnyOrder(
            "dev.jetlane.client.worker.HandlerPool", // virtual threads
            "dev.jetlane.nats.wire.VirtualThreads", // virtual threads
            "dev.jetlane.nats.NatsQueues"); // whether jnats can see NatsDataPort
  }

  /** A version of jnats with another use needs a check of the metadata. */
  @Test
  void eachUseOfReflectionInJnatsIsKnown() {
    JavaClasses jnats = new ClassFileImporter().importPackages("io.nats.client");
    assertThat(reflection(jnats))
        .containsExactly(
            "io.nats.client.Nats", // its version, a resource
            "io.nats.client.Options"); // the data port
    assertThat(io.nats.client.Nats.class.getResource("/io/nats/jnats/version.properties"))
        .isNotNull();
  }

  @Test
  void everyEntryExists() throws Exception {
    Set<String> names = new TreeSet<>();
    for (JsonNode entry : entries()) {
      String name = entry.get("name").asText();
      names.add(name);
      boolean exists = !name.startsWith("java.lang.Thread$") || Runtime.version().feature() >= 21;
      if (exists) {
        requireMethods(Class.forName(name), entry);
      }
    }
    assertThat(names)
        .contains(
            "dev.jetlane.nats.NatsDataPort",
            Options.DEFAULT_DATA_PORT_TYPE,
            "java.lang.Thread",
            "java.lang.Thread$Builder");
  }

  private static void requireMethods(Class<?> type, JsonNode entry)
      throws ReflectiveOperationException {
    for (JsonNode method : entry.path("methods")) {
      List<Class<?>> parameters = new ArrayList<>();
      for (JsonNode parameter : method.get("parameterTypes")) {
        parameters.add(named(parameter.asText()));
      }
      Class<?>[] types = parameters.toArray(Class<?>[]::new);
      String name = method.get("name").asText();
      if (name.equals("<init>")) {
        assertThat(type.getConstructor(types)).isNotNull();
      } else if (Runtime.version().feature() >= 21) {
        assertThat(type.getMethod(name, types)).isNotNull();
      }
    }
  }

  private static Class<?> named(String name) throws ClassNotFoundException {
    return name.equals("long") ? long.class : Class.forName(name);
  }

  private static List<JsonNode> entries() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    for (Path module : METADATA) {
      Path file =
          Repository.ROOT
              .resolve(module.getName(0))
              .resolve("src/main/resources/META-INF/native-image/dev.jetlane")
              .resolve(module.getName(1))
              .resolve("reflect-config.json");
      new ObjectMapper().readTree(file.toFile()).forEach(all::add);
    }
    return all;
  }

  private static Set<String> reflection(JavaClasses classes) {
    Set<String> origins = new TreeSet<>();
    for (var type : classes) {
      for (JavaMethodCall call : type.getMethodCallsFromSelf()) {
        if (isReflection(call.getTarget())) {
          origins.add(call.getOriginOwner().getName().replaceAll("\\$.*", ""));
        }
      }
    }
    return origins;
  }

  private static boolean isReflection(MethodCallTarget target) {
    String name = target.getName();
    return switch (target.getOwner().getName()) {
      case "java.lang.Class" ->
          name.equals("forName")
              || name.startsWith("getResource")
              || name.matches("get(Declared)?(Method|Constructor|Field)s?");
      case "java.lang.ClassLoader" -> name.equals("loadClass") || name.startsWith("getResource");
      case "java.lang.invoke.MethodHandles$Lookup" -> name.startsWith("find");
      case "java.util.ServiceLoader" -> name.startsWith("load");
      case "java.lang.reflect.Proxy" -> name.equals("newProxyInstance");
      case "java.util.ResourceBundle" -> name.equals("getBundle");
      default -> false;
    };
  }
}
