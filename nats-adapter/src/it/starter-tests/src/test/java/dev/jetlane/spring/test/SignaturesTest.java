// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test;

import dev.jetlane.signatures.Signatures;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The public API of the modules for Spring, with both generations of Spring Boot. */
class SignaturesTest {

  @ParameterizedTest
  @ValueSource(strings = {"spring-boot-starter", "spring-boot-test"})
  void areThoseInGit(String module) throws IOException {
    Path adapter = Path.of(System.getProperty("jetlane.root"), "nats-adapter");
    Signatures.check(adapter.resolve(module), "jetlane-" + module);
  }
}
