// The workbook of infra/workbook.json, with the resources that it looks at filled in.
param displayName string
param location string
param tags object
param componentId string
param cosmosAccountId string

var content = loadTextContent('../workbook.json')

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, displayName)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: componentId
    version: 'Notebook/1.0'
    serializedData: replace(replace(content, '{componentId}', componentId), '{cosmosAccountId}', cosmosAccountId)
  }
}
