// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.signatures;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The signatures that users of a module compile against: every public or protected member of every
 * public type in a package that the module exports, one a line, sorted. A file in git has them, so
 * that no change of them goes unseen. Each module whose class path has the types checks its own.
 */
public final class Signatures {

  private static final Pattern EXPORTS = Pattern.compile("(?m)^\\s*exports ([\\w.]+);");
  private static final Pattern QUALIFIER = Pattern.compile("\\b([a-z_0-9]+\\.)+(?=[A-Z])");

  private Signatures() {}

  /**
   * Fails if the signatures of a module are not those of its {@code .api} file. With {@code
   * -Djetlane.writeApi=true} writes the file.
   *
   * @param module the folder of the module
   * @param artifact the name of its artifact, and of the file
   */
  public static void check(Path module, String artifact) throws IOException {
    Path file = module.resolve(artifact + ".api");
    String signatures = of(module);
    if (Boolean.getBoolean("jetlane.writeApi")) {
      Files.writeString(file, signatures);
    } else if (!signatures.equals(Files.readString(file))) {
      throw new AssertionError(
          "the public API is not that of "
              + file
              + "; if the change is meant, run this test with -Djetlane.writeApi=true. It is:\n"
              + signatures);
    }
  }

  /**
   * The signatures of a module.
   *
   * @param module its folder
   */
  public static String of(Path module) throws IOException {
    Path sources = module.resolve("src/main/java");
    StringBuilder text = new StringBuilder();
    for (String exported : packages(sources)) {
      Map<String, Class<?>> types = new TreeMap<>();
      for (String name : typeNames(sources.resolve(exported.replace('.', '/')))) {
        collect(load(exported + "." + name), types);
      }
      types.values().forEach(type -> append(text, type));
    }
    return text.toString();
  }

  /** The exported packages of the module; without a module descriptor, the outermost package. */
  private static List<String> packages(Path sources) throws IOException {
    Path module = sources.resolve("module-info.java");
    if (Files.exists(module)) {
      return EXPORTS.matcher(Files.readString(module)).results().map(m -> m.group(1)).toList();
    }
    Path outermost = sources;
    while (typeNames(outermost).isEmpty()) {
      try (Stream<Path> inside = Files.list(outermost)) {
        outermost = inside.filter(Files::isDirectory).findFirst().orElseThrow();
      }
    }
    return List.of(sources.relativize(outermost).toString().replace('/', '.'));
  }

  private static List<String> typeNames(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".java") && !name.endsWith("-info.java"))
          .map(name -> name.substring(0, name.length() - 5))
          .sorted()
          .toList();
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Signatures.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void collect(Class<?> type, Map<String, Class<?>> types) {
    if (isVisible(type.getModifiers())) {
      types.put(type.getName(), type);
      Arrays.stream(type.getDeclaredClasses()).forEach(member -> collect(member, types));
    }
  }

  private static void append(StringBuilder text, Class<?> type) {
    Set<String> members = new TreeSet<>();
    for (Field field : type.getDeclaredFields()) {
      if (isShown(field.getModifiers(), field.isSynthetic())) {
        members.add(
            modifiers(field, field.getModifiers())
                + type(field.getAnnotatedType())
                + " "
                + field.getName());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isShown(constructor.getModifiers(), constructor.isSynthetic())) {
        members.add(
            modifiers(constructor, constructor.getModifiers()) + "<init>" + call(constructor));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isShown(method.getModifiers(), method.isSynthetic())) {
        members.add(
            modifiers(method, method.getModifiers())
                + variables(method.getTypeParameters())
                + type(method.getAnnotatedReturnType())
                + " "
                + method.getName()
                + call(method));
      }
    }
    text.append(head(type)).append(" {\n");
    members.forEach(member -> text.append("  ").append(member).append('\n'));
    text.append("}\n\n");
  }

  private static String head(Class<?> type) {
    List<String> above = new ArrayList<>();
    if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class) {
      above.add(type.getGenericSuperclass().getTypeName());
    }
    for (Type implemented : type.getGenericInterfaces()) {
      above.add(implemented.getTypeName());
    }
    String kind = type.isInterface() ? "interface " : type.isRecord() ? "record " : "class ";
    int modifiers = type.getModifiers() & ~(type.isInterface() ? Modifier.ABSTRACT : 0);
    return modifiers(type, modifiers & ~Modifier.INTERFACE)
        + (type.isSealed() ? "sealed " : "")
        + (type.isEnum() ? "enum " : type.isAnnotation() ? "annotation " : kind)
        + type.getName()
        + variables(type.getTypeParameters())
        + (above.isEmpty() ? "" : " : " + String.join(", ", above));
  }

  private static String call(Executable executable) {
    String parameters =
        Arrays.stream(parameters(executable))
            .map(Signatures::type)
            .collect(Collectors.joining(", ", "(", ")"));
    String thrown =
        Arrays.stream(executable.getGenericExceptionTypes())
            .map(Type::getTypeName)
            .collect(Collectors.joining(", "));
    return parameters + (thrown.isEmpty() ? "" : " throws " + thrown);
  }

  /**
   * Returns the types of the parameters. Reflection has no generic types of the canonical
   * constructor of a record that javac 21 or later compiled, because its parameters are mandated.
   */
  private static AnnotatedType[] parameters(Executable executable) {
    RecordComponent[] components = executable.getDeclaringClass().getRecordComponents();
    if (executable instanceof Constructor && components != null) {
      Class<?>[] erased =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      if (Arrays.equals(erased, executable.getParameterTypes())) {
        return Arrays.stream(components)
            .map(RecordComponent::getAnnotatedType)
            .toArray(AnnotatedType[]::new);
      }
    }
    return executable.getAnnotatedParameterTypes();
  }

  private static String modifiers(AnnotatedElement element, int modifiers) {
    StringBuilder text = new StringBuilder();
    for (Annotation annotation : element.getDeclaredAnnotations()) {
      if (annotation.annotationType() == Deprecated.class) {
        text.append("@Deprecated ");
      }
    }
    int shown =
        element instanceof Executable
            ? modifiers & (Modifier.methodModifiers() & ~Modifier.SYNCHRONIZED)
            : modifiers & ~(Modifier.TRANSIENT | Modifier.VOLATILE);
    String words = Modifier.toString(shown);
    return text + (words.isEmpty() ? "" : words + " ");
  }

  private static String variables(TypeVariable<?>[] variables) {
    if (variables.length == 0) {
      return "";
    }
    return Arrays.stream(variables)
        .map(
            variable ->
                variable.getName()
                    + Arrays.stream(variable.getAnnotatedBounds())
                        .map(Signatures::type)
                        .filter(bound -> !bound.equals("Object"))
                        .map(bound -> " extends " + bound)
                        .collect(Collectors.joining()))
        .collect(Collectors.joining(", ", "<", "> "));
  }

  /** Marks nullable types with "?", and omits packages. */
  private static String type(AnnotatedType type) {
    String optional = type.isAnnotationPresent(Nullable.class) ? "?" : "";
    if (type instanceof AnnotatedArrayType array) {
      return type(array.getAnnotatedGenericComponentType()) + "[]" + optional;
    } else if (type instanceof AnnotatedParameterizedType generic) {
      return shortName(((ParameterizedType) generic.getType()).getRawType())
          + Arrays.stream(generic.getAnnotatedActualTypeArguments())
              .map(Signatures::type)
              .collect(Collectors.joining(", ", "<", ">"))
          + optional;
    } else if (type instanceof AnnotatedWildcardType wildcard) {
      AnnotatedType[] lower = wildcard.getAnnotatedLowerBounds();
      String upper = type(wildcard.getAnnotatedUpperBounds()[0]);
      return lower.length > 0
          ? "? super " + type(lower[0])
          : upper.equals("Object") ? "?" : "? extends " + upper;
    } else if (type instanceof AnnotatedTypeVariable) {
      return type.getType().getTypeName() + optional;
    }
    return shortName(type.getType()) + optional;
  }

  private static String shortName(Type type) {
    return QUALIFIER.matcher(type.getTypeName()).replaceAll("").replace('$', '.');
  }

  private static boolean isShown(int modifiers, boolean synthetic) {
    return isVisible(modifiers) && !synthetic;
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }
}
