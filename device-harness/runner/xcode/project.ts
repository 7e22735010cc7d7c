import { createHash } from 'node:crypto';
import { RUNNER_BUNDLE_ID, RUNNER_VERSION } from '../version.ts';
import { type PropertyValue, renderPropertyList } from './property-list.ts';

export const PROJECT = 'Runner.xcodeproj';
const DEPLOYMENT_TARGET = '16.0';

/** `project.pbxproj` of the app, for the source files in its folder `Runner`: one target, one local package. The same input gives the same text. */
export function renderProject(sources: readonly string[]): string {
  const project = { archiveVersion: 1, classes: {}, objectVersion: 60, objects: objectsOf(sources), rootObject: idOf('project') };
  return `// !$*UTF8*$!\n${renderPropertyList(project)}\n`;
}

/** The scheme: everything in the release configuration, for it is there to measure. */
export function renderScheme(): string {
  const product = [
    '<BuildableReference BuildableIdentifier = "primary"', `BlueprintIdentifier = "${idOf('target')}"`, 'BuildableName = "Runner.app"', 'BlueprintName = "Runner"',
    `ReferencedContainer = "container:${PROJECT}"></BuildableReference>`,
  ].join(' ');
  const entry = ['Testing', 'Running', 'Profiling', 'Archiving', 'Analyzing'].map((word) => `buildFor${word} = "YES"`).join(' ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Scheme LastUpgradeVersion = "1500" version = "1.7">',
    '  <BuildAction parallelizeBuildables = "YES" buildImplicitDependencies = "YES">',
    `    <BuildActionEntries><BuildActionEntry ${entry}>${product}</BuildActionEntry></BuildActionEntries>`,
    '  </BuildAction>',
    '  <LaunchAction buildConfiguration = "Release" selectedDebuggerIdentifier = "" selectedLauncherIdentifier = "Xcode.IDEFoundation.Launcher.PosixSpawn" launchStyle = "0">',
    `    <BuildableProductRunnable runnableDebuggingMode = "0">${product}</BuildableProductRunnable>`,
    '  </LaunchAction>',
    '  <ProfileAction buildConfiguration = "Release"></ProfileAction>',
    '  <AnalyzeAction buildConfiguration = "Debug"></AnalyzeAction>',
    '  <ArchiveAction buildConfiguration = "Release" revealArchiveInOrganizer = "YES"></ArchiveAction>',
    '</Scheme>\n',
  ].join('\n');
}

/** The same project for XcodeGen, for those who would rather make it. */
export function renderXcodeGen(): string {
  const { INFOPLIST_FILE, ...settings } = targetSettings();
  const lines = Object.entries({ INFOPLIST_FILE, ...settings }).map(([key, value]) => `        ${key}: ${JSON.stringify(Array.isArray(value) ? value.join(' ') : value)}`);
  return [
    '# Made by device-harness/runner/generate-swift.ts. With XcodeGen: xcodegen generate',
    'name: Runner', 'options:', '  deploymentTarget:', `    iOS: "${DEPLOYMENT_TARGET}"`, 'packages:', '  RunnerCore:', '    path: RunnerCore', 'targets:', '  Runner:', '    type: application',
    '    platform: iOS', '    sources:', '      - Runner', '    dependencies:', '      - package: RunnerCore', '    settings:', '      base:', ...lines, 'schemes:', '  Runner:', '    build:',
    '      targets:', '        Runner: all', '    run:', '      config: Release', '',
  ].join('\n');
}

function objectsOf(sources: readonly string[]): Record<string, PropertyValue> {
  return {
    ...Object.fromEntries(sources.flatMap((name) => [
      [idOf(`build ${name}`), { isa: 'PBXBuildFile', fileRef: idOf(`file ${name}`) }],
      [idOf(`file ${name}`), { isa: 'PBXFileReference', lastKnownFileType: name.endsWith('.metal') ? 'sourcecode.metal' : 'sourcecode.swift', path: name, sourceTree: '<group>' }],
    ])),
    [idOf('build package')]: { isa: 'PBXBuildFile', productRef: idOf('package product') },
    [idOf('info')]: { isa: 'PBXFileReference', lastKnownFileType: 'text.plist.xml', path: 'Info.plist', sourceTree: '<group>' },
    [idOf('app')]: { isa: 'PBXFileReference', explicitFileType: 'wrapper.application', includeInIndex: 0, path: 'Runner.app', sourceTree: 'BUILT_PRODUCTS_DIR' },
    [idOf('frameworks')]: phase('PBXFrameworksBuildPhase', [idOf('build package')]),
    [idOf('resources')]: phase('PBXResourcesBuildPhase', []),
    [idOf('sources')]: phase('PBXSourcesBuildPhase', sources.map((name) => idOf(`build ${name}`))),
    [idOf('main group')]: { isa: 'PBXGroup', children: [idOf('source group'), idOf('product group')], sourceTree: '<group>' },
    [idOf('source group')]: { isa: 'PBXGroup', children: [...sources.map((name) => idOf(`file ${name}`)), idOf('info')], path: 'Runner', sourceTree: '<group>' },
    [idOf('product group')]: { isa: 'PBXGroup', children: [idOf('app')], name: 'Products', sourceTree: '<group>' },
    [idOf('target')]: {
      isa: 'PBXNativeTarget', buildConfigurationList: idOf('target configurations'), buildPhases: [idOf('sources'), idOf('frameworks'), idOf('resources')], buildRules: [], dependencies: [],
      name: 'Runner', packageProductDependencies: [idOf('package product')], productName: 'Runner', productReference: idOf('app'), productType: 'com.apple.product-type.application',
    },
    [idOf('project')]: {
      isa: 'PBXProject', attributes: { BuildIndependentTargetsInParallel: 1, LastUpgradeCheck: 1500 }, buildConfigurationList: idOf('project configurations'),
      compatibilityVersion: 'Xcode 15.0', developmentRegion: 'en', hasScannedForEncodings: 0, knownRegions: ['en', 'Base'], mainGroup: idOf('main group'),
      packageReferences: [idOf('package')], productRefGroup: idOf('product group'), projectDirPath: '', projectRoot: '', targets: [idOf('target')],
    },
    [idOf('package')]: { isa: 'XCLocalSwiftPackageReference', relativePath: 'RunnerCore' },
    [idOf('package product')]: { isa: 'XCSwiftPackageProductDependency', package: idOf('package'), productName: 'RunnerCore' },
    ...configurations('project', { Debug: projectSettings('Debug'), Release: projectSettings('Release') }),
    ...configurations('target', { Debug: targetSettings(), Release: targetSettings() }),
  };
}

function phase(isa: string, files: readonly string[]): PropertyValue {
  return { isa, buildActionMask: 2147483647, files, runOnlyForDeploymentPostprocessing: 0 };
}

function configurations(of: string, settings: Readonly<Record<'Debug' | 'Release', PropertyValue>>): Record<string, PropertyValue> {
  const names = Object.keys(settings) as ('Debug' | 'Release')[];
  return {
    ...Object.fromEntries(names.map((name) => [idOf(`${of} ${name}`), { isa: 'XCBuildConfiguration', buildSettings: settings[name], name }])),
    [idOf(`${of} configurations`)]: {
      isa: 'XCConfigurationList', buildConfigurations: names.map((name) => idOf(`${of} ${name}`)), defaultConfigurationIsVisible: 0, defaultConfigurationName: 'Release',
    },
  };
}

function projectSettings(configuration: 'Debug' | 'Release'): Record<string, PropertyValue> {
  const common = { CLANG_ENABLE_MODULES: 'YES', IPHONEOS_DEPLOYMENT_TARGET: DEPLOYMENT_TARGET, SDKROOT: 'iphoneos', SWIFT_VERSION: '5.0' };
  return configuration === 'Debug'
    ? { ...common, DEBUG_INFORMATION_FORMAT: 'dwarf', ONLY_ACTIVE_ARCH: 'YES', SWIFT_OPTIMIZATION_LEVEL: '-Onone' }
    : { ...common, DEBUG_INFORMATION_FORMAT: 'dwarf-with-dsym', SWIFT_COMPILATION_MODE: 'wholemodule', SWIFT_OPTIMIZATION_LEVEL: '-O', VALIDATE_PRODUCT: 'YES' };
}

function targetSettings(): Record<string, PropertyValue> {
  return {
    CODE_SIGN_STYLE: 'Automatic', CURRENT_PROJECT_VERSION: '1', GENERATE_INFOPLIST_FILE: 'NO', INFOPLIST_FILE: 'Runner/Info.plist',
    LD_RUNPATH_SEARCH_PATHS: ['$(inherited)', '@executable_path/Frameworks'], MARKETING_VERSION: RUNNER_VERSION, PRODUCT_BUNDLE_IDENTIFIER: RUNNER_BUNDLE_ID,
    PRODUCT_NAME: '$(TARGET_NAME)', SUPPORTED_PLATFORMS: 'iphoneos iphonesimulator', TARGETED_DEVICE_FAMILY: '1',
  };
}

/** 24 digits, as Xcode's own, from what the object is. */
function idOf(what: string): string {
  return createHash('sha256').update(`npu-dyno runner: ${what}`).digest('hex').slice(0, 24).toUpperCase();
}
